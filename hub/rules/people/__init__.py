"""What holds of a person's posts and leave, of all that rosters have said."""
