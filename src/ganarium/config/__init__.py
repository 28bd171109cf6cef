"""Settings models and registries of data sets, networks, losses, games and remedies; does not import torch."""
