"""Logs are read incrementally, in bounded memory, whatever is in them."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.web.conftest import line, span, write_log

from ganarium.runs.directory import EVENTS
from ganarium.runs.events import current_lines, read_lines
from ganarium.runs.loss_history import losses_in
from ganarium.web import series
from ganarium.web.log_summary import WatchedLog
from ganarium.web.log_tail import RunLog
from ganarium.web.series import CurveTable, Thinned, rounded

FOREVER = float("inf")


def watched(folder: Path) -> WatchedLog:
    log = WatchedLog()
    with (folder / EVENTS).open("rb") as file:
        log.update(file.fileno(), FOREVER)
    return log


def test_a_log_that_grows_is_read_as_if_at_once(tmp_path: Path):
    lines = [span(i, 10 * i, loss=i) for i in range(1, 30)]
    text = "".join(json.dumps(one) + "\n" for one in lines)
    growing = RunLog(tmp_path)
    for end in [*range(0, len(text), 97), len(text)]:
        (tmp_path / EVENTS).write_text(text[:end])
        growing.refresh()
    whole = RunLog(tmp_path)
    whole.refresh()
    assert growing.curves.columns(100) == whole.curves.columns(100)
    assert whole.curves.columns(100)["step"] == [one["step"] for one in lines]


def test_a_resumption_supersedes_later_lines_as_in_the_history_of_the_run(tmp_path: Path):
    write_log(tmp_path, [span(i, 10 * i) for i in range(1, 10)])
    log = RunLog(tmp_path, 10)
    log.refresh()
    later = [line(10, "resumed", 45, 1, note=""), *(span(10 + i, 40 + 10 * i, 2.0, 1) for i in range(1, 4))]
    write_log(tmp_path, later)
    log.refresh()
    expected = losses_in(current_lines(read_lines(tmp_path / EVENTS)), 10)
    assert expected is not None
    found = log.curves.columns(100)
    assert found["step"] == [one.last for one in expected.spans]
    assert found["series"]["discriminator"] == [one.discriminator for one in expected.spans]
    assert log.is_reset_since(9)
    assert not log.is_reset_since(13)


def test_a_span_that_a_longer_one_contains_is_dropped_as_in_the_history_of_the_run(tmp_path: Path):
    write_log(tmp_path, [span(0, 100), span(1, 131), line(2, "stopped", 131, reason="finished", note="")])
    write_log(tmp_path, [line(3, "resumed", 131, 1, note=""), span(4, 200, phase=1)])
    log = RunLog(tmp_path, 100)
    log.refresh()
    expected = losses_in(current_lines(read_lines(tmp_path / EVENTS)), 100)
    assert expected is not None
    assert log.curves.columns(100)["step"] == [one.last for one in expected.spans] == [100, 200]


def test_a_log_that_is_replaced_is_read_from_its_start(tmp_path: Path):
    write_log(tmp_path, [span(i, 10 * i) for i in range(1, 50)])
    log, summary = RunLog(tmp_path), watched(tmp_path)
    log.refresh()
    (tmp_path / "other").mkdir()
    write_log(tmp_path / "other", [span(0, 5, loss=3.0)])
    (tmp_path / "other" / EVENTS).replace(tmp_path / EVENTS)
    log.refresh()
    with (tmp_path / EVENTS).open("rb") as file:
        summary.update(file.fileno(), FOREVER)
    assert log.curves.columns(9)["step"] == [5]
    assert log.is_reset_since(49)
    assert summary.summary.losses() == {"discriminator": 3.0, "generator": 1.5}


DAMAGED = (
    "",
    "{",
    "null",
    "[]",
    '"text"',
    '{"format":1}',
    '{"format":2,"seq":1,"kind":"span","step":1,"phase":0,"time":0,"means":{}}',
    '{"format":1,"seq":1e400,"kind":"span","step":1,"phase":0,"time":0,"means":{}}',
    '{"format":1,"seq":true,"kind":"span","step":1,"phase":0,"time":0,"means":{}}',
    '{"format":1,"seq":5,"kind":"span","step":99999999999999999999,"phase":0,"time":0,"means":{}}',
    '{"format":1,"seq":5,"kind":"span","step":-5,"phase":0,"time":0,"means":{"discriminator":1}}',
    '{"format":1,"seq":5,"kind":"span","step":6,"phase":0,"time":0,"means":{"discriminator":NaN}}',
    '{"format":1,"seq":5,"kind":"span","step":6,"phase":0,"time":0,"means":[1]}',
    '{"format":1,"seq":5,"kind":"span","step":7,"phase":0,"time":0,"means":{"discriminator":"x","generator":null}}',
    '{"format":1,"seq":5,"kind":"span","step":8,"phase":0,"time":0,"means":{"discriminator":1e300}}',
    '{"format":1,"seq":5,"kind":"histogram","step":8,"phase":0,"time":0,"real":[1],"fake":"x"}',
    '{"format":1,"seq":5,"kind":"look","step":8,"phase":0,"time":0,"counts":[0,0],"due":[1,1]}',
    '{"format":1,"seq":5,"kind":"look","step":8,"phase":0,"time":0,"counts":[1,2,3],"due":[1]}',
    '{"format":1,"seq":5,"kind":"score","step":8,"phase":0,"time":0,"name":7}',
    '{"format":1,"seq":5,"kind":"finding","step":8,"phase":0,"time":0,"name":"x","text":1}',
    '{"format":1,"seq":5,"kind":"steered","step":8,"phase":0,"time":0,"action":[],"note":""}',
    '{"format":1,"seq":5,"kind":"stopped","step":8,"phase":0,"time":0,"reason":{}}',
    '{"format":1,"seq":5,"kind":"' + "x" * 5000 + '","step":8,"phase":0,"time":0}',
    "[" * 2000,
    "\x00\x01\x02",
    '{"format":1,"seq":5,"kind":"span","step":9,"phase":0,"time":0,"means":{'
    + ",".join(f'"{i}":1' for i in range(2000))
    + "}}",
)


@pytest.mark.parametrize("damaged", DAMAGED, ids=lambda text: text[:50])
def test_a_damaged_line_is_skipped_and_the_others_are_read(damaged: str, tmp_path: Path):
    write_log(tmp_path, [span(0, 2), damaged, span(9, 20, loss=4.0)])
    log = RunLog(tmp_path, 10)
    log.refresh()
    found = log.curves.columns(100)
    assert (found["step"][0], found["step"][-1]) == (2, 20)
    assert found["series"]["discriminator"][-1] == 4.0
    assert len(log.curves.names) <= series.MOST_NAMES
    summary = watched(tmp_path).summary
    assert summary.losses() == {"discriminator": 4.0, "generator": 2.0}
    assert summary.head()["step"] == 20


def test_a_line_without_an_end_takes_no_more_than_the_longest_line(tmp_path: Path):
    (tmp_path / EVENTS).write_bytes(b"x" * (3 << 20) + b"\n" + json.dumps(span(1, 10)).encode() + b"\n")
    log = RunLog(tmp_path)
    log.refresh()
    assert log.curves.columns(10)["step"] == [10]


def test_the_end_of_a_long_log_is_known_before_all_of_it_is_read(tmp_path: Path):
    first = [line(0, "finding", 1, name="collapse", text="t", grave=True), *(span(i, 10 * i) for i in range(1, 12_000))]
    write_log(tmp_path, [*first, line(12_000, "stopped", 119_990, reason="finished", note="")])
    log = WatchedLog()
    with (tmp_path / EVENTS).open("rb") as file:
        log.update(file.fileno(), 0.0)
        assert not log.complete
        assert (log.summary.reason, log.summary.head()["step"]) == ("finished", 119_990)
        for _ in range(10):
            log.update(file.fileno(), 0.0)
    assert log.complete
    assert (log.summary.reason, *log.summary.findings) == ("finished", "collapse")


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=80), st.integers(1, 40))
def test_a_point_that_stands_for_several_rows_has_their_mean_and_extremes(values: list[float], points: int):
    table = CurveTable()
    table.append([(i, i, {"loss": value}) for i, value in enumerate(values)])
    found = table.columns(points)
    assert len(found["step"]) == min(points, len(values))
    assert found["step"][-1] == len(values) - 1
    if len(values) > points:
        assert np.isclose(min(found["low"]["loss"]), min(values), rtol=1e-5)
        assert np.isclose(max(found["high"]["loss"]), max(values), rtol=1e-5)
        assert all(
            low <= value * (1 + 1e-5) + 1e-5 or np.isclose(low, value, rtol=1e-4, atol=1e-3)
            for low, value in zip(found["low"]["loss"], found["series"]["loss"], strict=True)
        )


def test_merged_rows_keep_the_mean_and_the_extremes_of_all(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(series, "MOST_ROWS", 64)
    table, values = CurveTable(), [float((7 * i) % 101) for i in range(1024)]
    for i, value in enumerate(values):
        table.append([(i, i, {"loss": value})])
    assert len(table) <= 64
    assert table.merged >= 16
    found = table.columns(1)
    assert (found["low"]["loss"], found["high"]["loss"]) == ([0.0], [100.0])
    assert found["series"]["loss"][0] == pytest.approx(np.mean(values), rel=1e-4)
    assert found["step"] == [1023]


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_numbers_are_sent_with_six_significant_digits(value: float):
    (found,) = rounded(np.array([value], np.float32))
    assert found == pytest.approx(value, rel=1e-5, abs=1e-37)


def test_thinned_items_are_bounded_and_keep_the_first_and_newest():
    store: Thinned[int] = Thinned(16)
    for i in range(1000):
        store.add(i, i)
    steps = [step for step, _ in store.items()]
    assert len(steps) <= 17
    assert (steps[0], steps[-1]) == (0, 999)
    assert len(store.items(5)) == 5


def test_a_log_that_is_a_link_or_a_pipe_is_not_read(tmp_path: Path):
    (tmp_path / "secret").write_text(json.dumps(span(0, 1)) + "\n")
    (tmp_path / EVENTS).symlink_to(tmp_path / "secret")
    with pytest.raises(OSError, match="symbolic link"):
        RunLog(tmp_path).refresh()
    (tmp_path / EVENTS).unlink()
    os.mkfifo(tmp_path / EVENTS)
    with pytest.raises(OSError, match="not a regular file"):
        RunLog(tmp_path).refresh()
