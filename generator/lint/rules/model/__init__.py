"""Rules on a design beside a model."""
