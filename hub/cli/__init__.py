"""The command ``licet``."""
