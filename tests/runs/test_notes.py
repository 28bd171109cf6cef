"""Tags and notes of a run: kept as they are, within limits, and never lost."""

import json

import pytest

from ganarium.core.errors import RunError, UsageError
from ganarium.runs.notes import LONGEST_NOTE, MOST_TAGS, Notes, read_notes, write_notes


def test_notes_are_read_as_they_were_written(tmp_path):
    notes = Notes(("baseline", "好", "<b>bold</b>"), "First line\n\tsecond: <script>alert(1)</script> \x00")
    assert read_notes(tmp_path) == Notes()
    write_notes(tmp_path, notes)
    assert read_notes(tmp_path) == notes
    assert [file.name for file in tmp_path.iterdir()] == ["notes.json"]


def test_spaces_and_repetitions_of_tags_are_removed(tmp_path):
    write_notes(tmp_path, Notes((" a  b ", "a b", "", "  ")))
    assert read_notes(tmp_path).tags == ("a b",)


@pytest.mark.parametrize(
    ("tags", "note", "message"),
    [
        ([str(i) for i in range(MOST_TAGS + 1)], "", "at most 20 tags"),
        (["x" * 41], "", "at most 40 printable characters"),
        (["x\x1b"], "", "at most 40 printable characters"),
        (["\ud800"], "", "at most 40 printable characters"),
        ("ab", "", "tags: must be a list"),
        ([1], "", "tags: must be a list"),
        (None, "", "tags: must be a list"),
        ([], "x" * (LONGEST_NOTE + 1), "at most 10,000 characters"),
        ([], "\udfff", "half of a character"),
        ([], None, "note: must be a text"),
    ],
)
def test_notes_beyond_the_limits_are_refused_and_change_nothing(tmp_path, tags, note, message: str):
    write_notes(tmp_path, Notes(("kept",)))
    with pytest.raises(UsageError, match=message):
        write_notes(tmp_path, Notes(tags, note))
    assert read_notes(tmp_path) == Notes(("kept",))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b'{"tags": 3}',
        json.dumps({"tags": ["x" * 41], "note": ""}).encode(),
        b'{"note": "' + b"x" * (1 << 18) + b'"}',
    ],
    ids=["empty", "cut", "deep", "other", "long", "large"],
)
def test_damaged_notes_are_empty_and_kept_when_new_ones_are_written(tmp_path, content: bytes):
    (tmp_path / "notes.json").write_bytes(content)
    assert read_notes(tmp_path) == Notes()
    write_notes(tmp_path, Notes(("new",)))
    assert read_notes(tmp_path) == Notes(("new",))
    assert (tmp_path / "notes.damaged").read_bytes() == content


def test_notes_that_cannot_be_written_are_an_error_with_the_path(tmp_path):
    (tmp_path / "notes.json").mkdir()
    assert read_notes(tmp_path) == Notes()
    (tmp_path / "notes.damaged").write_text("")
    with pytest.raises(RunError, match=r"cannot write .*notes\.json"):
        write_notes(tmp_path, Notes(("new",)))
