"""What a body says: mapping documents that turn foreign bytes into canonical records."""
