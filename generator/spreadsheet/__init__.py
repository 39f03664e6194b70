"""Files of spreadsheets → sheets of cells with values and formulas. Knows nothing of networks."""
