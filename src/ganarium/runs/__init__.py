"""The run directory: events and checkpoints. No other package knows a file name in it."""
