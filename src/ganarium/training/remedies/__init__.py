"""Remedies: each one final class on the hooks of `base`."""
