"""Reference implementations for the benchmarks: the same networks and games, written in the style of tutorials."""

from pathlib import Path


def jax_loop_path() -> Path:
    """Return the path of the JAX implementation, which another interpreter runs and which is never imported."""
    return Path(__file__).with_name("jax_loop.py")
