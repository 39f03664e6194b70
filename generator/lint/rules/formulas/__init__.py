"""Rules on formulas beside their neighbours."""
