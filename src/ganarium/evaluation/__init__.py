"""Scoring of generated samples: features, measures, controls and baselines."""
