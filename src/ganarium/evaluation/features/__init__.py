"""Networks and fixed maps that turn pictures into features for scores."""
