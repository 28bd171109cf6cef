"""Synthetic images with known ground truth."""
