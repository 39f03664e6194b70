"""Does a training fit a machine that is not there: compiled for a TPU by its own compiler, reckoned for a GPU."""
