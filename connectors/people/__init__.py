"""Adapters of the people world."""
