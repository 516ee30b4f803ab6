"""Link rules: pure functions from a dossier, a position and an instant to a standing. No clock, no I/O."""
