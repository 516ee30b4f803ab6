"""The parts of a hub, put together step by step; each step stands on the one before."""
