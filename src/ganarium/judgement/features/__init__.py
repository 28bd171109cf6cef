"""Frozen networks that read pictures: the features and labels on which scores rest."""
