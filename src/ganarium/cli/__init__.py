"""The command line: one typed function for each command."""
