"""Floor 2: the run directory. No other room knows a file name of it."""
