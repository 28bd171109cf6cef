"""What a user can name, and with which settings: one module of entries for each kind of thing."""
