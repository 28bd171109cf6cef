"""Requests to steer a run: read as they were written, and harmless whatever else lies in their folder."""

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from ganarium.core.errors import RunError, UnknownNameError, UsageError
from ganarium.runs.requests import (
    ACTIONS,
    LARGEST_FILE,
    Request,
    answer_to,
    checked,
    delete_request,
    read_request,
    waiting_requests,
    write_request,
)

NAME = f"{1:020d}-0123456789ab.json"
GOOD = {"action": "pause", "value": None, "by": "anna", "seen": None}


def placed(folder: Path, content: bytes, name: str = NAME) -> str:
    (folder / "requests").mkdir(exist_ok=True)
    (folder / "requests" / name).write_bytes(content)
    return name


def test_requests_are_read_as_they_were_written_in_the_order_of_writing(tmp_path):
    asked = [Request("discriminator", 3, "anna", -1), Request("slow", 0.5), Request("pause", by="b" * 80, seen=7)]
    names = [write_request(tmp_path, request) for request in asked]
    assert waiting_requests(tmp_path) == names
    assert [read_request(tmp_path, name) for name in names] == asked
    assert all(delete_request(tmp_path, name) for name in names)
    assert waiting_requests(tmp_path) == []
    assert not list(tmp_path.rglob("*.part"))


def test_a_run_without_the_folder_has_no_requests(tmp_path):
    assert waiting_requests(tmp_path) == []
    assert answer_to(tmp_path, NAME, 0) is None
    assert delete_request(tmp_path, NAME)


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_has_a_sentence_and_valid_default(action: str):
    assert ACTIONS[action]
    assert checked(action) == (action, 1 if action in ("discriminator", "generator") else None)


@pytest.mark.parametrize(
    ("action", "value"),
    [
        *(("discriminator", value) for value in (0, -1, 1.5, True, "3", float("nan"), 10_001, 10**5000)),
        *(("slow", value) for value in (0, -1, float("nan"), float("inf"), 1e-9, True, "fast")),
        *((action, 1) for action in ("pause", "continue", "save", "stop")),
    ],
    ids=lambda value: str(value)[:9] if not isinstance(value, int) or value < 10**9 else "huge",
)
def test_a_value_that_an_action_cannot_have_is_refused_by_name(action: str, value: object):
    with pytest.raises(UsageError, match=rf"^{action} "):
        checked(action, value)


@pytest.mark.parametrize("action", ["pauze", "", "../pause", None, ["pause"], "pause\n"])
def test_an_unknown_action_is_refused(action: object):
    with pytest.raises(UnknownNameError, match="no action named"):
        checked(action)


def test_names_of_people_are_shortened_and_escaped_on_writing(tmp_path):
    name = write_request(tmp_path, Request("pause", by="\x1b[31m" + "x" * 200))
    assert read_request(tmp_path, name).by == ("\\x1b[31m" + "x" * 200)[:80]


DAMAGED = {
    "empty": b"",
    "cut": json.dumps(GOOD).encode()[:-3],
    "not JSON": b"\x00\xff\xfe",
    "a list": b"[]",
    "deep": b"[" * LARGEST_FILE,
    "more keys": json.dumps({**GOOD, "path": "/etc/passwd"}).encode(),
    "no action": b"{}",
    "a number as text": json.dumps({**GOOD, "value": "3"}).encode(),
    "a truth as number": json.dumps({**GOOD, "value": True}).encode(),
    "NaN": b'{"action": "slow", "value": NaN}',
    "infinite": b'{"action": "slow", "value": 1e999}',
    "long name": json.dumps({**GOOD, "by": "x" * 81}).encode(),
    "far future": json.dumps({**GOOD, "seen": 10**30}).encode(),
    "large": json.dumps({**GOOD, "by": "x" * LARGEST_FILE}).encode(),
    "huge": b" " * (1 << 22),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_request_is_refused_without_quoting_it(damage: str, tmp_path):
    placed(tmp_path, DAMAGED[damage])
    with pytest.raises(RunError, match=r"^the request is (damaged|larger than 4,096 bytes)$"):
        read_request(tmp_path, NAME)


def linked(folder: Path) -> None:
    (folder / "secret").write_text(json.dumps(GOOD))
    (folder / "requests" / NAME).symlink_to(folder / "secret")


def piped(folder: Path) -> None:
    os.mkfifo(folder / "requests" / NAME)


def nested(folder: Path) -> None:
    (folder / "requests" / NAME).mkdir()


def connected(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "requests" / NAME))


@pytest.mark.parametrize("make", [linked, piped, nested, connected])
def test_what_is_not_a_file_is_neither_followed_nor_waited_for(make: Callable[[Path], None], tmp_path, monkeypatch):
    (tmp_path / "requests").mkdir()
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    make(Path())
    with pytest.raises(RunError, match=r"the request (cannot be read|is not a file)"):
        read_request(tmp_path, NAME)
    assert delete_request(tmp_path, NAME) == (make is not nested)
    assert (tmp_path / "secret").exists() == (make is linked)


def test_a_folder_that_is_a_link_is_not_searched(tmp_path):
    placed(tmp_path, json.dumps(GOOD).encode())
    other = tmp_path / "other"
    other.mkdir()
    (other / "requests").symlink_to(tmp_path / "requests")
    assert waiting_requests(tmp_path) == [NAME]
    assert waiting_requests(other) == []


@pytest.mark.parametrize("name", ["x.json", "../experiment.toml", f"{NAME}.exe", f"{2:020d}-0123456789AB.json"])
def test_files_with_other_names_are_not_read(name: str, tmp_path):
    with pytest.raises(RunError, match="in the folder requests is not a request"):
        read_request(tmp_path, name)


def test_files_that_are_still_being_written_are_not_listed(tmp_path):
    placed(tmp_path, b"{", f".1-2-3.{NAME}.part")
    assert waiting_requests(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="rights of files")
def test_a_folder_that_cannot_be_written_is_named_with_the_fix(tmp_path):
    (tmp_path / "requests").write_text("")
    with pytest.raises(RunError, match=r"cannot write .*requests"):
        write_request(tmp_path, Request("pause"))
