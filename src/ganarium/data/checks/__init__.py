"""Checks of a data set for faults that training would suffer from."""
