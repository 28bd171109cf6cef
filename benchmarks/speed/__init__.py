"""Benchmarks of speed and memory, compared with plain loops of the same networks; one module per question."""
