"""Network families; size, width, depth, normalization and conditioning are arguments."""
