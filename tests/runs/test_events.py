"""The log: what a line holds, what a crash may do to it, and what resuming supersedes."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganarium.core.errors import NewerFormatError, RunError
from ganarium.runs.events import (
    KINDS,
    Checkpointed,
    Event,
    Finding,
    Histogram,
    Layers,
    Line,
    Resumed,
    Sample,
    Scored,
    Snapshot,
    Span,
    Steered,
    Stopped,
    append_line,
    current_lines,
    read_lines,
)

ONE_OF_EACH = [
    Span(100, {"generator": 0.5, "discriminator.objective": -1.25}),
    Histogram(100, [1.0] + [0.0] * 15, [0.0625] * 16),
    Layers(100, {"generator.out": 0.5}, {"generator.out": 1e-3}),
    Snapshot(100, "law", 4, [3, 1], [0.5, 0.5], 0.9, 1.1, 0.01, [0.5, -1.25], None, None),
    Sample(100, "generated", "samples/step-00000100.png"),
    Scored(100, "coverage", 0.5, None, 1000),
    Scored(100, "coverage", 0.5, 0.97, 1000, "a note: ü 😀 \n \x00"),
    Finding(100, "prepared", "turned"),
    Finding(100, "collapse", "one mode of eight", True, 0.125, 0.3, 50),
    Checkpointed(100, "checkpoints/step-00000100.safetensors"),
    Resumed(50, "a damaged checkpoint was passed over"),
    Steered(120, "discriminator", 3, "anna", "", "00000000000000000001-0123456789ab.json"),
    Steered(120, "slow", 0.5, "b"),
    Steered(120, "", note="the request is damaged"),
    Stopped(120, "finished"),
]


def log(path: Path, *events: Event) -> list[Line]:
    lines = [Line(event, seq, phase=0, time=seq / 4) for seq, event in enumerate(events)]
    for line in lines:
        append_line(path, line)
    return lines


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def test_a_line_of_every_kind_comes_back_as_it_was_written(path: Path):
    assert {type(event) for event in ONE_OF_EACH} == set(KINDS.values())
    assert list(read_lines(path)) == []
    assert log(path, *ONE_OF_EACH) == list(read_lines(path))


def test_every_line_begins_with_the_same_six_fields_in_the_same_order(path: Path):
    log(path, *ONE_OF_EACH)
    texts = path.read_text("utf-8").splitlines()
    assert len(texts) == len(ONE_OF_EACH)
    for seq, (text, event) in enumerate(zip(texts, ONE_OF_EACH, strict=True)):
        values = json.loads(text)
        assert list(values)[:6] == ["format", "seq", "kind", "step", "phase", "time"]
        assert [values[name] for name in list(values)[:6]] == [1, seq, event.kind, event.step, 0, seq / 4]


def test_a_line_is_strict_json_or_not_written_at_all(path: Path):
    log(path, Stopped(0, "finished"))
    with pytest.raises((ValueError, RunError)):
        append_line(path, Line(Span(1, {"loss": float("nan")}), 1, 0, 0.0))
    assert len(list(read_lines(path))) == 1


@given(st.integers(0, 10_000))
def test_a_log_that_was_cut_anywhere_keeps_all_whole_lines_and_goes_on(
    tmp_path_factory: pytest.TempPathFactory, at: int
):
    path = tmp_path_factory.mktemp("log") / "events.jsonl"
    lines = log(path, Stopped(1, "a"), Span(2, {"x": 0.5}), Resumed(3, "ünïcode"))
    whole = path.read_bytes()
    at %= len(whole) + 1
    path.write_bytes(whole[:at])
    kept = list(read_lines(path))
    assert kept == lines[: len(kept)]
    assert len(kept) >= whole[:at].count(b"\n")
    more = Line(Stopped(9, "after"), 9, 1, 3.0)
    append_line(path, more)
    assert list(read_lines(path)) == [*kept, more]


@pytest.mark.parametrize(
    "noise", [b"\n", b"{}\n", b"[1]\n", b"3\n", b"null\n", b"\xff\xfe\n", b'{"format":1}\n', b"[" * 9_999 + b"\n"]
)
def test_what_is_not_an_event_is_passed_over(path: Path, noise: bytes):
    first, second = log(path, Stopped(1, "a"), Stopped(2, "b"))
    texts = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(texts[0] + noise + texts[1])
    assert list(read_lines(path)) == [first, second]


def test_kinds_and_fields_of_the_future_are_passed_over_but_not_a_newer_format(path: Path):
    (line,) = log(path, Stopped(1, "a"))
    known = line.as_dict()
    path.write_text("".join(json.dumps(known | extra) + "\n" for extra in ({"kind": "dream"}, {"mood": "good"})))
    assert list(read_lines(path)) == [line]
    path.write_text(json.dumps(known | {"format": 2}) + "\n")
    with pytest.raises(NewerFormatError):
        list(read_lines(path))


def steps(*events: Event) -> list[int]:
    return [line.event.step for line in current_lines(iter([Line(event, i, 0, 0.0) for i, event in enumerate(events)]))]


def test_resumed_supersedes_what_lies_beyond_its_step():
    span = {"x": 0.0}
    assert steps(Span(100, span), Span(200, span), Span(300, span), Resumed(200), Span(300, span)) == [
        100,
        200,
        200,
        300,
    ]
    assert steps(Span(100, span), Resumed(-1), Span(100, span)) == [-1, 100]
    assert steps(Span(100, span), Span(200, span), Resumed(100), Span(200, span), Resumed(100)) == [100, 100, 100]
    assert steps(Span(100, span), Span(200, span)) == [100, 200]


def test_after_any_crash_and_resume_the_step_bound_lines_are_those_of_a_run_without_one():
    whole = [Span(step, {"x": step / 2}) for step in range(100, 1100, 100)]
    for died in range(11):
        for resumed in range(died + 1):
            crashed = [*whole[:died], Resumed(resumed * 100), *whole[resumed:]]
            lines = current_lines(iter([Line(event, i, 0, 0.0) for i, event in enumerate(crashed)]))
            assert [line.event for line in lines if line.event.step_bound] == whole


def test_a_folder_that_is_not_there_is_a_run_error(tmp_path: Path):
    with pytest.raises(RunError, match="cannot write"):
        append_line(tmp_path / "nowhere" / "events.jsonl", Line(Stopped(0, "a"), 0, 0, 0.0))
