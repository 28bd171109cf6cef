"""Detection and measurement of shapes in synthetic images: lines, polygons, points, puzzles and coloured figures."""
