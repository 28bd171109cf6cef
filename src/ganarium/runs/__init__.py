"""The run directory: events and checkpoints. No other package knows the names of its files."""
