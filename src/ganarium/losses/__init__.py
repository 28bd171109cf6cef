"""Adversarial objectives, penalties and differentiable augmentations as pure functions of tensors."""
