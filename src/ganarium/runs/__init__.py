"""Run directories, with event logs and checkpoints; no other package contains the file names."""
