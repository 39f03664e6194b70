"""Rules on kernels and windows."""
