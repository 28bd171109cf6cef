"""Diagnosis of runs: snapshots during training, signals, rules and advice."""
