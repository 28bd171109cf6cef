"""Floor 1: grids, clouds and animations as bytes of PNG, GIF or WebP."""
