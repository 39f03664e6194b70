"""Rules on targets and limits of a design."""
