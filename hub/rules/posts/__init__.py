"""A person in a post: the ladder climbed, what holds it lower, when to look again, and what there is to tell."""
