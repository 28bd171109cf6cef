"""Families of networks; size, width, depth, normalization and conditioning are arguments."""
