"""Floor 5: what runs look like elsewhere."""
