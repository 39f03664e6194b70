"""Files → checked designs, whatever kind of file it is."""
