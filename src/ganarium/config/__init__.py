"""Settings of everything a user can name, as frozen data without torch, and their registries."""
