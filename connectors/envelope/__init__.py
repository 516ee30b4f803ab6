"""Signed and encrypted envelopes, one file a profile."""
