"""The hub: what follows from what was received."""
