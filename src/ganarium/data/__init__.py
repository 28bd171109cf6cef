"""Data sets in memory, user files, synthetic images, points in the plane, data checks and seeded batches."""
