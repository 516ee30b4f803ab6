"""Tells systems beside the hub who did how much of which training, until each has given its receipt."""
