"""Remedies: techniques that improve training, each a final class built on the hooks of `base`."""
