"""Floor 2: pictures and points in memory, where they come from, and endless seeded batches of them."""
