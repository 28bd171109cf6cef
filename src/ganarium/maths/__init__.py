"""Floor 1: the adversarial losses and penalties, as pure functions of tensors."""
