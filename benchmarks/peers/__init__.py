"""Reference implementations for benchmarks: the same networks and losses, written in the style of tutorials."""

from pathlib import Path


def jax_loop_path() -> Path:
    """Return the path of the JAX implementation, which is run by another interpreter and never imported."""
    return Path(__file__).with_name("jax_loop.py")
