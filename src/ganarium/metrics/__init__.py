"""Metrics computed from two feature matrices, or from images whose ground truth is known."""
