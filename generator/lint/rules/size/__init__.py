"""Rules on sizes of maps."""
