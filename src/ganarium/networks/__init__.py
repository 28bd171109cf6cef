"""Floor 1: families of networks; size, width, depth and conditioning are arguments."""
