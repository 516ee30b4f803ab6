"""How fast the hub is, beside a bare bound of the same run. ``make bench``."""
