"""Grids, curves, point clouds and animations, encoded as PNG, GIF or WebP."""
