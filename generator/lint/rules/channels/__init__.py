"""Rules on channels and numbers of kernels."""
