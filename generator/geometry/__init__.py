"""The arithmetic of one axis: receptive field, jump, start, size, and which units a unit reads. Whole numbers and fractions."""
