"""Reports of runs and studies as documents: sections as plain data, rendered to HTML and PDF."""
