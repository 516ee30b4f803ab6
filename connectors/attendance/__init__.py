"""Adapters of the attendance world."""
