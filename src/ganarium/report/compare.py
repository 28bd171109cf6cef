"""Comparisons as CSV, JSON and plots."""

import csv
import json
from io import StringIO

from ganarium.studies.compare import Comparison


def compare_csv(table: Comparison) -> str:
    """Return the comparison as CSV, with one line per score and group."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["score", "group", "seeds", "mean", "margin", "worst", "verdict", "real", "n", "against"])
    for row in table.rows:
        for group, entry in row.entries.items():
            seeds = " ".join(map(str, table.groups[group]))
            margin = "" if entry.margin is None else entry.margin
            floor = "" if row.floor is None else row.floor
            numbers = [entry.mean, margin, entry.worst, entry.verdict, floor, table.n, table.against]
            writer.writerow([row.name, group, seeds, *numbers])
    return text.getvalue()


def compare_file(table: Comparison, file_format: str) -> bytes:
    """Return the comparison as the content of a csv, json or png file."""
    if file_format == "csv":
        return compare_csv(table).encode()
    if file_format == "json":
        return json.dumps(table.as_dict(), indent=1).encode()
    return table.png()
