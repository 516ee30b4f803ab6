"""Systems that nobody wrote an adapter for: their messages are read by a mapping document and settings alone."""
