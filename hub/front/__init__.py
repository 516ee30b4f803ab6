"""The HTTP front: limits on what strangers send, pushes, the API."""
