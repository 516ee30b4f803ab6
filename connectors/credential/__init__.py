"""Adapters of the credential world."""
