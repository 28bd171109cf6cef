"""Readers that measure synthetic pictures of lines, polygons, points, puzzles and figures."""
