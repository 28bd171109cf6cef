"""Tags and a note that people write about a run, in the file notes.json of the run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from ganarium.core.atomic import write_whole
from ganarium.core.errors import InputError
from ganarium.web.safe_files import read_bytes

NOTES = "notes.json"
MOST_TAGS, LONGEST_TAG, LONGEST_NOTE = 20, 40, 10_000
MOST_BYTES = 1 << 17
NOTHING: dict[str, Any] = {"tags": [], "note": ""}


def read_notes(run: Path) -> dict[str, Any]:
    """Return the tags and the note of a run; empty if the file is missing or damaged."""
    try:
        return checked(from_json(read_bytes(run, NOTES, most=MOST_BYTES)))
    except (OSError, ValueError):
        return dict(NOTHING)


def write_notes(run: Path, values: object) -> dict[str, Any]:
    """Replace the tags and the note of a run. Raises `InputError` for invalid ones."""
    notes = checked(values)
    write_whole(run / NOTES, (json.dumps(notes, ensure_ascii=False, indent=1) + "\n").encode())
    return notes


def checked(values: object) -> dict[str, Any]:
    """Return valid tags, each once, and a valid note. Raises `InputError`."""
    if not isinstance(values, dict):
        raise InputError('notes: send a table, as {"tags": ["first"], "note": "text"}')
    tags, note = values.get("tags", []), values.get("note", "")
    if not isinstance(note, str) or len(note) > LONGEST_NOTE:
        raise InputError(f"note: must be a text of at most {LONGEST_NOTE:,} characters")
    if not isinstance(tags, list) or len(tags) > MOST_TAGS:
        raise InputError(f"tags: must be a list of at most {MOST_TAGS} tags")
    if not all(isinstance(tag, str) and 0 < len(tag.strip()) <= LONGEST_TAG and tag.isprintable() for tag in tags):
        raise InputError(f"tags: each tag must be a text on one line of 1 to {LONGEST_TAG} characters")
    return {"tags": list(dict.fromkeys(tag.strip() for tag in tags)), "note": note}
