"""What users see of runs: progress, tables, TensorBoard."""
