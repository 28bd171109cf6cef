"""Benchmarks of speed and memory, compared with plain training loops; one module per question."""
