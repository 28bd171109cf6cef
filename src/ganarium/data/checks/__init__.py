"""Checks for faults in a data set that impair training."""
