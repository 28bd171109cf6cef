"""Scores as functions of two feature matrices, or of images whose ground truth is known."""
