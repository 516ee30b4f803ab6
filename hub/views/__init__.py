"""What people read: answers and how everything stands."""
