"""From what terminals, witnesses and platforms saw of a person to units: one a session, one a local day of study."""
