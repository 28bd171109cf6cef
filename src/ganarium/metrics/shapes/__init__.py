"""Readers of synthetic pictures: lines, polygons, points, puzzles and figures."""
