"""Seeded interleavings of everything that can meet at a door, in one process, with every clock a value."""
