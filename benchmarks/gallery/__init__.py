"""The gallery: every recipe trained within its budget, scored against its marks, and shown with samples."""
