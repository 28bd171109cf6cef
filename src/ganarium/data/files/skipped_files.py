"""Report files that are not read: links, files of other types, and system files."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from ganarium.core.escape import counted, listed, printable
from ganarium.data.files.folder_or_zip import PICTURES, ImageFiles
from ganarium.data.files.layout import Layout
from ganarium.data.finding import DataFinding

MOST_LISTED = 3  # files in a message


def why_unlabelled(layout: Layout, files: ImageFiles) -> str:
    """Return the reason why there are no labels, including links that are not followed."""
    if layout.unlabelled and files.links:
        return f"{layout.unlabelled}; links are not followed: {listed(map(printable, files.links), MOST_LISTED)}"
    return layout.unlabelled


def file_findings(files: ImageFiles, tables: Sequence[str]) -> Iterator[DataFinding]:
    """Yield a finding for each type of skipped file or folder; the given tables do not count as skipped."""
    others = Counter(files.others)
    others.subtract(Counter(PurePosixPath(table).suffix.lower() for table in tables))
    if count := others.total():
        text = f"{counted(count, 'other file')} skipped ({_counts(+others)})"
        yield DataFinding("passed-over", False, text, "convert any images among these to PNG or JPEG", float(count))
    if files.ignored:
        count = sum(files.ignored.values())
        text = f"system files and folders are ignored ({_counts(files.ignored)})"
        yield DataFinding("ignored", False, text, "rename any that are part of the data", float(count))
    if files.links:
        text = f"{counted(len(files.links), 'link')} not followed"
        advice = "copy the files or folders that they point to"
        names = tuple(map(printable, files.links[:MOST_LISTED]))
        yield DataFinding("links", True, text, advice, float(len(files.links)), names)


def _counts(numbers: Mapping[str, int]) -> str:
    return listed((f"{count:,} {printable(name)}" for name, count in Counter(numbers).most_common()), MOST_LISTED)


def no_files_reason(files: ImageFiles) -> str:
    """Return a message that no image files were found, with the numbers of skipped files and links."""
    types = ", ".join(sorted(suffix.removeprefix(".") for suffix in PICTURES))
    others = f"; {counted(sum(files.others.values()), 'other file')} skipped" if files.others else ""
    links = f"; {counted(len(files.links), 'link')} not followed" if files.links else ""
    return f"no files of type {types}{others}{links}"
