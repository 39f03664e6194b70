"""Rules on jumps."""
