"""Checks of a data set for faults that impair training."""
