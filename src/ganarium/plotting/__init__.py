"""Grids, curves, point clouds and animations as bytes of PNG, GIF or WebP."""
