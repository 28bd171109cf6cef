"""Report files that are not read: links, other kinds of files, and files that systems leave behind."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from ganarium.core.escape import counted, listed, printable
from ganarium.data.datasets import Note
from ganarium.data.files.archive import PICTURES, Shelf
from ganarium.data.files.layout import Layout

NAMED = 3  # number of files in a message


def why_unlabelled(layout: Layout, shelf: Shelf) -> str:
    """Explain why there are no labels."""
    if layout.unlabelled and shelf.links:
        return f"{layout.unlabelled}; links are not followed: {listed(map(printable, shelf.links), NAMED)}"
    return layout.unlabelled


def passed_over(shelf: Shelf, tables: Sequence[str]) -> Iterator[Note]:
    """Yield notes on files and folders that are not read, except the given tables."""
    others = Counter(shelf.others)
    others.subtract(Counter(PurePosixPath(table).suffix.lower() for table in tables))
    if count := others.total():
        kinds = _counts(+others)
        advice = "convert those that are pictures to PNG or JPEG"
        yield Note("passed-over", False, f"{counted(count, 'other file')} passed over ({kinds})", advice, float(count))
    if shelf.ignored:
        count = sum(shelf.ignored.values())
        text = f"files and folders that systems leave behind are ignored ({_counts(shelf.ignored)})"
        yield Note("ignored", False, text, "rename those that are part of the data", float(count))
    if shelf.links:
        leads = "it leads" if len(shelf.links) == 1 else "they lead"
        text = f"{counted(len(shelf.links), 'link')} passed over, with everything that {leads} to"
        advice = "links are not followed; copy what they lead to"
        names = tuple(map(printable, shelf.links[:NAMED]))
        yield Note("links", True, text, advice, float(len(shelf.links)), names)


def _counts(kinds: Mapping[str, int]) -> str:
    return listed((f"{count:,} {printable(kind)}" for kind, count in Counter(kinds).most_common()), NAMED)


def nothing_there(shelf: Shelf) -> str:
    """Report that no picture files were found, and which other files exist."""
    kinds = ", ".join(sorted(suffix.removeprefix(".") for suffix in PICTURES))
    others = f", and {sum(shelf.others.values()):,} other files are passed over" if shelf.others else ""
    links = f", and {len(shelf.links):,} links are not followed" if shelf.links else ""
    return f"there are no files of {kinds}{others}{links}"
