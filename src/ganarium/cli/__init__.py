"""Floor 6: the command line; one typed function a verb."""
