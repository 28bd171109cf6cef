"""Scores of samples, the features they are computed from, controls and baselines."""
