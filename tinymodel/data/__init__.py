"""Data: any of three layouts → classes, and each split as one mapped uint8 array at any size."""
