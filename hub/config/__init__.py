"""What a hub folder says."""
