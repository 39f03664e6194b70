"""A graph → the rows of a plan, so that a model becomes a design."""
