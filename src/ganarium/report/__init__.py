"""Presentation of runs and results: progress displays and text tables."""
