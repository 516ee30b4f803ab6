"""Adapters of the access world."""
