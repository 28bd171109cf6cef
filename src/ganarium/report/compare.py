"""Comparisons as text, CSV, JSON and plots."""

import csv
import json
from collections.abc import Iterator
from io import StringIO

from ganarium.studies.compare import Comparison


def compare_lines(table: Comparison) -> Iterator[str]:
    """Yield the letter of each group, then a line per score with each group's mean ± 95 % interval [worst seed]."""
    letters = {group: _letter(i) for i, group in enumerate(table.groups)}
    for group, seeds in table.groups.items():
        yield f"{letters[group]}: {group}, {len(seeds)} seed{'s' if len(seeds) > 1 else ''}"
    cells = [
        [row.name, "" if row.floor is None else f"{row.floor:.4g}", *map(str, row.entries.values())]
        for row in table.rows
    ]
    heads = ["score", "real data", *letters.values()]
    widths = [max(len(line[i]) for line in [heads, *cells]) + 2 for i in range(len(heads))]
    for line in [heads, *cells]:
        yield f"{line[0]:<{widths[0]}}" + "".join(
            f"{cell:>{width}}" for cell, width in zip(line[1:], widths[1:], strict=True)
        )
    yield f"{table.n:,} samples against {table.against}; mean ± 95 % over seeds [worst seed]; verdicts relative to A"


def _letter(i: int) -> str:
    return chr(ord("A") + i) if i < 26 else f"#{i + 1}"


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
