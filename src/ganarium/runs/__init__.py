"""Run directories: events and checkpoints. No other package contains the names of the files."""
