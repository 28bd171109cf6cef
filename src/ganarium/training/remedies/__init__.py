"""Remedies: one final class each, written on the hooks of `base`."""
