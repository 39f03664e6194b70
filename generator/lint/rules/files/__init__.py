"""Rules on a file as it is stored."""
