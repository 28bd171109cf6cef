"""Networks and fixed maps that turn images into features for scores."""
