"""Experiments with several runs: studies of variants and seeds, trials of remedies, and comparisons."""
