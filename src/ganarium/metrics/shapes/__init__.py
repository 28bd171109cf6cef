"""Readers that measure synthetic images of lines, polygons, points, puzzles and coloured figures."""
