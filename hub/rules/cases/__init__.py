"""What a person at HR has to decide, read off evidence and standings."""
