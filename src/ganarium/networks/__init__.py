"""Network families with configurable size, width, depth, normalization and conditioning."""
