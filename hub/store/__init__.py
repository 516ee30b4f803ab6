"""What the hub keeps: schema, queries by name, one writer with group commit, sealing, migrations."""
