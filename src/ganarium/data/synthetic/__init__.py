"""Synthetic pictures with known ground truth."""
