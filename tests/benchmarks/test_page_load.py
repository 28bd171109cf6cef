"""The page of the measurements of `ganarium watch`, and the functions that compute them."""

from pathlib import Path

import pytest

pytest.importorskip("playwright")

from benchmarks.page_browser import frame_rates
from benchmarks.page_load import page_of, row, with_log
from tests.web.conftest import new_run

from ganarium.runs.directory import Run


def test_a_row_of_the_page_has_the_value_with_its_unit_and_target():
    rows = [row("first paint", 0.49251, "s", "below 1 s"), row("memory", 70.91, "MiB")]
    sizes = {"runs": 500, "lines": 1_000_000, "points": 100_000}
    text = page_of({"command": "python -m x", "machine": "a processor", "load": [1.0, 2.5, 3.25], "rows": rows} | sizes)
    assert "| first paint | 0.493 s | below 1 s |" in text
    assert "| memory | 70.9 MiB |  |" in text
    assert text.endswith("`python -m x`: a processor; load before it (1, 5, 15 minutes) 1.00, 2.50, 3.25.\n")


def test_frame_rates_are_those_of_the_times_of_frames():
    assert frame_rates([0.0, 10.0, 20.0, 130.0, 140.0]) == {
        "frames_per_second": pytest.approx(4000 / 140),
        "median": 10.0,
        "longest": 110.0,
    }


def test_a_long_log_can_be_read(tmp_path: Path):
    new_run(tmp_path / "run-000")
    with_log(tmp_path, "long", 30)
    assert [line.event.step for line in Run.open(tmp_path / "long").events()] == list(range(10, 310, 10))
