"""Report unusual folders and label tables in a folder of images."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ganarium.core.escape import counted, listed, printable
from ganarium.data.files.folder_names import Part
from ganarium.data.files.label_table_search import TableLabels
from ganarium.data.files.split_folders import Parts
from ganarium.data.finding import DataFinding

MOST_LISTED = 3  # files in a message
LONGEST = 300  # characters of a table's name and the message about it
INTO_FOLDERS = (
    "move every image into the folder of its class; use data.labels=folders to use the sub-folders as classes anyway, "
    "or data.labels=none to read no labels"
)
WITHOUT_LABELS = "or use all images without labels: data.labels=none"


def unknown_folders(folders: Mapping[Part, str]) -> Iterator[DataFinding]:
    """Report held-out splits without labels, whose only folder is not a class of the training split."""
    for part, name in folders.items():
        yield DataFinding(
            "unknown-folder",
            False,
            f"the {part} split contains one folder, {listed([name])}, which is not a class of the training split: its "
            "images have no label",
            "to use these images, move them into folders named like the classes",
            1.0,
        )


def deeper_folders(inside: Sequence[Parts]) -> Iterator[DataFinding]:
    """Report class folders that contain sub-folders."""
    folders = {parts[:2] for parts in inside if len(parts) > 2}
    if folders:
        yield DataFinding(
            "deeper-folders",
            False,
            f"the class folders contain {counted(len(folders), 'sub-folder')} not read as classes",
            "if the sub-folders are the classes, pass a folder one level further down",
            float(len(folders)),
            tuple(printable("/".join(parts)) for parts in sorted(folders)[:MOST_LISTED]),
        )


def names_alike(tops: Iterable[str]) -> Iterator[DataFinding]:
    """Report folders whose names differ only in Unicode encoding, case or spaces."""
    written, folded = defaultdict(set), defaultdict(set)
    for top in tops:
        composed = unicodedata.normalize("NFC", top)
        written[composed].add(top)
        folded[composed.casefold().strip()].add(composed)
    for composed, same in written.items():
        if len(same) > 1:
            yield DataFinding(
                "names-alike",
                False,
                f"{len(same)} folders are named {listed([composed])} in different Unicode encodings and are read as "
                "one class",
                "move their images into one folder",
                float(len(same)),
            )
    for same in folded.values():
        if len(same) > 1:
            yield DataFinding(
                "names-alike",
                True,
                f"the folders {listed(sorted(same))} differ only in case or spaces and are read as {len(same)} classes",
                "rename the folders if they should be one class",
                float(len(same)),
            )


def labels_lost(why_not: str, advice: str = INTO_FOLDERS) -> Iterator[DataFinding]:
    """Report why no labels are used although some images have a label."""
    if why_not:
        yield DataFinding("labels-lost", True, f"no labels: {why_not}", advice, 1.0)


def left_out(names: Sequence[str], otherwise: str = WITHOUT_LABELS) -> Iterator[DataFinding]:
    """Report images that are skipped because they have no label, and how to use them."""
    if names:
        yield DataFinding(
            "left-out",
            False,
            f"skipped {counted(len(names), 'image')} without a label",
            f"label these images, {otherwise}",
            float(len(names)),
            tuple(map(printable, names[:MOST_LISTED])),
        )


def unread_columns(found: TableLabels, has_splits: bool) -> Iterator[DataFinding]:
    """Report unread columns of tables, starting with columns that may define splits."""
    splits = {} if has_splits else found.splits
    rest = {
        name: [title for title in titles if title not in splits.get(name, ())] for name, titles in found.columns.items()
    }
    if splits:
        yield DataFinding(
            "split-column-not-read",
            True,
            f"{_columns_of(splits)} not read: splits are not read from tables, so data.held_out is used",
            "move the images into folders named train and test",
            float(sum(map(len, splits.values()))),
        )
    rest = {name: titles for name, titles in rest.items() if titles}
    if rest:
        yield DataFinding(
            "columns-not-read",
            False,
            f"{_columns_of(rest)} not read",
            "only the file name and one label are read from each line",
            float(sum(map(len, rest.values()))),
        )


def _columns_of(columns: Mapping[str, Sequence[str]]) -> str:
    """Describe columns and their tables, followed by "is" or "are".

    >>> _columns_of({"meta.csv": ["split"]}), _columns_of({"meta.csv": ["age", "sex"]})
    ("column 'split' of meta.csv is", "columns 'age', 'sex' of meta.csv are")
    """
    one = sum(map(len, columns.values())) == 1
    named = (f"{listed(map(_quoted, titles), MOST_LISTED)} of {name}" for name, titles in columns.items())
    return f"column{'s' * (not one)} {listed(named, MOST_LISTED, LONGEST)} {'is' if one else 'are'}"


def _quoted(title: str) -> str:
    return f"'{printable(title)}'"


def unread_tables(reasons: Mapping[str, str]) -> Iterator[DataFinding]:
    """Report tables without readable labels, with the reason for each."""
    if reasons:
        yield DataFinding(
            "tables-not-read",
            False,
            "no labels are read from "
            + listed((f"{name} ({why})" for name, why in reasons.items()), MOST_LISTED, LONGEST),
            "a label table is a CSV file with the columns file_name and label",
            float(len(reasons)),
        )
