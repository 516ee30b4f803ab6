"""Adapters of the notification world."""
