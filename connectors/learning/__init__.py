"""Adapters of the learning world."""
