"""Makes what outside systems send ours, once."""
