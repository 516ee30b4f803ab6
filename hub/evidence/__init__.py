"""What is known of a person, as the rules want it."""
