"""Tags and a note that people attach to a run, in `notes.json`; they do not affect training."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from ganarium.core.atomic import cannot_write, write_whole
from ganarium.core.errors import RunError, UsageError
from ganarium.runs.directory import DAMAGED_NOTES, NOTES

MOST_TAGS, LONGEST_TAG, LONGEST_NOTE = 20, 40, 10_000  # characters
LARGEST_FILE = 1 << 17  # bytes


@dataclass(frozen=True)
class Notes:
    """Tags and a note. Both are untrusted text: escape them wherever they are shown."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(strict=True)
    tags: tuple[str, ...] = ()
    note: str = ""


_NOTES = TypeAdapter(Notes)


def checked_notes(tags: object, note: object) -> Notes:
    """Return tags, without spaces around them and repetitions, and a note. Raises `UsageError` if they are invalid."""
    if isinstance(tags, str) or not isinstance(tags, Iterable):
        raise UsageError("tags: must be a list of texts")
    given = list(tags)
    if not all(isinstance(tag, str) for tag in given):
        raise UsageError("tags: must be a list of texts")
    kept = tuple(dict.fromkeys(stripped for tag in given if (stripped := " ".join(tag.split()))))
    if len(kept) > MOST_TAGS:
        raise UsageError(f"tags: a run has at most {MOST_TAGS} tags, and {len(kept):,} were given")
    for tag in kept:
        if len(tag) > LONGEST_TAG or not tag.isprintable():
            raise UsageError(f"tags: a tag has at most {LONGEST_TAG} printable characters; shorten {tag[:20]!a}")
    if not isinstance(note, str):
        raise UsageError("note: must be a text")
    if len(note) > LONGEST_NOTE:
        raise UsageError(f"note: at most {LONGEST_NOTE:,} characters, and {len(note):,} were given")
    if any("\ud800" <= letter <= "\udfff" for letter in note):
        raise UsageError("note: contains half of a character; remove it")
    return Notes(kept, note)


def read_notes(path: Path) -> Notes:
    """Return the notes of the run at a path; empty notes if there are none, or if the file is damaged."""
    return _read(path / NOTES) or Notes()


def write_notes(path: Path, notes: Notes) -> None:
    """Write the notes of the run at a path; a damaged file is kept as `notes.damaged`.

    Raises `UsageError` if they are invalid, `RunError` if they cannot be written.
    """
    content = _NOTES.dump_json(checked_notes(notes.tags, notes.note), indent=1) + b"\n"
    file = path / NOTES
    try:
        if file.exists() and _read(file) is None:
            file.replace(path / DAMAGED_NOTES)
    except OSError as error:
        raise RunError(cannot_write(file, error)) from None
    write_whole(file, content)


def _read(file: Path) -> Notes | None:
    """Return the notes in a file, or None if it is missing, not a file, too large or damaged."""
    with suppress(OSError, ValidationError, UsageError):
        if file.is_file():
            with file.open("rb") as opened:
                content = opened.read(LARGEST_FILE + 1)
            if len(content) <= LARGEST_FILE:
                found = _NOTES.validate_json(content)
                return checked_notes(found.tags, found.note)
    return None
