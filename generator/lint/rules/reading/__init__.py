"""Rules on how a sheet was read."""
