"""Presentation of runs: progress, tables, TensorBoard."""
