"""What ours is held against: the same networks and games as popular tutorials write them, in our own words."""

from pathlib import Path


def jax_loop_path() -> Path:
    """The peer that is run by an interpreter with JAX, and never imported."""
    return Path(__file__).with_name("jax_loop.py")
