"""Report unusual folders of a set and unusual tables next to its pictures."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ganarium.core.escape import counted, listed, printable
from ganarium.data.datasets import Note
from ganarium.data.files.folder_names import Part
from ganarium.data.files.split_folders import Parts
from ganarium.data.files.table_search import TableLabels

NAMED = 3  # number of files in a message
LONGEST = 300  # characters of a table's name and the message about it
INTO_FOLDERS = (
    "put every picture into the folder of its class; data.labels=folders reads the sub-folders and leaves out what "
    "lies beside them, data.labels=none says that no labels are wanted"
)
WITHOUT_LABELS = "or data.labels=none uses all pictures, without labels"


def unknown_folders(folders: Mapping[Part, str]) -> Iterator[Note]:
    """Report held-out parts without labels, whose single folder is not a class."""
    for part, name in folders.items():
        yield Note(
            "unknown-folder",
            False,
            f"the {part} part holds one folder, {listed([name])}, which is no class of the training part: its pictures "
            "have no label",
            "to use them, put them into folders named as the classes",
            1.0,
        )


def deeper(inside: Sequence[Parts]) -> Iterator[Note]:
    """Report that class folders contain folders."""
    folders = {parts[:2] for parts in inside if len(parts) > 2}
    if folders:
        yield Note(
            "deeper-folders",
            False,
            f"the class folders hold {len(folders):,} folders of their own, which are not read as classes",
            "if those are the classes, name a folder one level further down",
            float(len(folders)),
            tuple(printable("/".join(parts)) for parts in sorted(folders)[:NAMED]),
        )


def names_alike(tops: Iterable[str]) -> Iterator[Note]:
    """Report folders whose names look the same."""
    written, folded = defaultdict(set), defaultdict(set)
    for top in tops:
        composed = unicodedata.normalize("NFC", top)
        written[composed].add(top)
        folded[composed.casefold().strip()].add(composed)
    for composed, same in written.items():
        if len(same) > 1:
            yield Note(
                "names-alike",
                False,
                f"{len(same)} folders are named {listed([composed])}, in two Unicode encodings: they are one class",
                "move their pictures into one folder",
                float(len(same)),
            )
    for same in folded.values():
        if len(same) > 1:
            yield Note(
                "names-alike",
                True,
                f"the folders {listed(sorted(same))} differ only in capital letters or spaces and are {len(same)} "
                "classes",
                "rename them if they are one class",
                float(len(same)),
            )


def lost(why_not: str, advice: str = INTO_FOLDERS) -> Iterator[Note]:
    """Report why there are no labels although some pictures have one."""
    if why_not:
        yield Note("labels-lost", True, f"no labels: {why_not}", advice, 1.0)


def left_out(names: Sequence[str], otherwise: str = WITHOUT_LABELS) -> Iterator[Note]:
    """Report pictures that are not used because they have no label, and the alternatives."""
    if names:
        yield Note(
            "left-out",
            False,
            f"{counted(len(names), 'picture')} without a label left out",
            f"give them one; {otherwise}",
            float(len(names)),
            tuple(map(printable, names[:NAMED])),
        )


def unread_columns(found: TableLabels, has_splits: bool) -> Iterator[Note]:
    """Report the columns of tables that are not read, starting with those that may be splits."""
    splits = {} if has_splits else found.splits
    rest = {
        name: [title for title in titles if title not in splits.get(name, ())] for name, titles in found.columns.items()
    }
    if splits:
        yield Note(
            "split-column-not-read",
            True,
            f"{_columns_of(splits)} not read: tables do not divide the pictures, so data.held_out decides",
            "put the pictures into folders named train and test",
            float(sum(map(len, splits.values()))),
        )
    rest = {name: titles for name, titles in rest.items() if titles}
    if rest:
        yield Note(
            "columns-not-read",
            False,
            f"{_columns_of(rest)} not read",
            "the file's name and one label are read of each line",
            float(sum(map(len, rest.values()))),
        )


def _columns_of(columns: Mapping[str, Sequence[str]]) -> str:
    """Describe columns and their tables, with the verb.

    >>> _columns_of({"meta.csv": ["split"]}), _columns_of({"meta.csv": ["age", "sex"]})
    ("column 'split' of meta.csv is", "columns 'age', 'sex' of meta.csv are")
    """
    one = sum(map(len, columns.values())) == 1
    named = (f"{listed(map(_quoted, titles), NAMED)} of {name}" for name, titles in columns.items())
    return f"column{'s' * (not one)} {listed(named, NAMED, LONGEST)} {'is' if one else 'are'}"


def _quoted(title: str) -> str:
    return f"'{printable(title)}'"


def unread(reasons: Mapping[str, str]) -> Iterator[Note]:
    """Report which tables are not read, and why."""
    if reasons:
        yield Note(
            "tables-not-read",
            False,
            "no labels are read from " + listed((f"{name} ({why})" for name, why in reasons.items()), NAMED, LONGEST),
            "a table of labels is a CSV file with a column file_name and a column label",
            float(len(reasons)),
        )
