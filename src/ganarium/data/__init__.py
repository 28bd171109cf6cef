"""Data sets in memory, user files, synthetic pictures, points in the plane, data checks and seeded batches."""
