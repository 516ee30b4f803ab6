"""What the hub keeps: tables with their texts and rows, one writer with group commit, sealing, migrations."""
