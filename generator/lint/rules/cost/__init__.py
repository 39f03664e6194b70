"""Rules on parameters and multiply-accumulates."""
