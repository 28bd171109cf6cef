"""Snapshots of the plane at their addresses, and points that a person draws or drops."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.web.conftest import Page, new_run

import ganarium
from ganarium.runs.plane_files import save_real_points, save_snapshot

pytestmark = pytest.mark.slow
SNAPSHOT = {
    "step": 10,
    "box": [-1.0, -1.0, 1.0, 1.0],
    "side": 2,
    "logits": [0.5, 1.0, -1.0, 0.0],
    "optimal": None,
    "fakes": [[0.0, 1.0]],
    "labels": None,
    "arrows": [[1.0, 0.0]],
    "warp": {"side": 2, "points": [[0.0, 0.0]]},
    "divergence": {"name": "total variation", "unit": "", "true": 0.5, "learned": 0.25},
}


def run_with(page: Page, *, at: str = "run", **changes: Any) -> str:
    run = new_run(page.folder / at)
    save_real_points(run.path, [[0.0, 0.5]])
    save_snapshot(run.path, 10, SNAPSHOT | changes)
    key: str = page.key(at)
    return key


def test_snapshots_are_listed_and_shown_as_they_were_written(page: Page):
    key = run_with(page)
    found = page.get(f"runs/{key}/plane")
    assert (found["steps"], found["data"]) == ([10], {"points": [[0.0, 0.5]]})
    assert page.get(f"runs/{key}/plane/10") == SNAPSHOT | {"status_code": 200}
    address = f"/api/runs/{key}/plane/10"
    tag = page.client.get(address).headers["etag"]
    assert page.client.get(address, headers={"If-None-Match": tag}).status_code == 304


def test_a_run_without_snapshots_has_none(page: Page):
    new_run(page.folder / "run")
    found = page.get(f"runs/{page.key('run')}/plane")
    assert (found["steps"], found["data"]) == ([], None)


@pytest.mark.parametrize("step", ["11", "-1", "x", "1e3", "9" * 30, "..%2f..%2fexperiment.toml", "٣"])
def test_steps_without_a_snapshot_are_not_found(step: str, page: Page):
    assert page.get(f"runs/{run_with(page)}/plane/{step}")["status_code"] == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"logits": [1.0]},
        {"logits": ["<b>", 0, 0, 0]},
        {"box": [0, 0, 1]},
        {"side": 100_000},
        {"fakes": [[1.0, 2.0, 3.0]]},
        {"fakes": [[0.0, 0.0]] * 5000},
        {"divergence": {"name": "x" * 1000, "unit": "", "true": 0, "learned": 0}},
        {"warp": []},
    ],
)
def test_a_damaged_snapshot_is_an_error_of_one_sentence(changes: dict[str, Any], page: Page):
    found = page.get(f"runs/{run_with(page, **changes)}/plane/10")
    assert found["status_code"] == 409
    assert "damaged" in found["error"]


def test_files_that_are_no_snapshots_are_not_read(page: Page, tmp_path: Path):
    key = run_with(page)
    folder = page.folder / "run/plane"
    (folder / "step-00000011.json").symlink_to(tmp_path)
    os.mkfifo(folder / "step-00000012.json")
    (folder / "step-00000013.json").write_bytes(b"[" * (2 << 20))
    (folder / "step-00000014.json").write_bytes(b"NaN")
    assert page.get(f"runs/{key}/plane")["steps"] == [10, 13, 14]
    for step, status in ((11, 404), (12, 409), (13, 409), (14, 409)):
        assert page.get(f"runs/{key}/plane/{step}")["status_code"] == status
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    assert page.get(f"runs/{key}/plane")["steps"] == []
    assert page.get(f"runs/{key}/plane/10")["status_code"] == 404


def circle(n: int) -> list[list[float]]:
    angle = np.linspace(0, 6, n)
    return np.stack([np.cos(angle), np.sin(angle)], 1).tolist()  # type: ignore[no-any-return]


def test_drawn_points_are_stored_once_and_can_be_loaded(page: Page):
    first, second = (page.send("POST", "points", {"points": circle(200)}) for _ in range(2))
    assert first == second
    assert first["count"] == 200
    (word,) = first["words"]
    assert len(list((page.folder / "data").iterdir())) == 1
    stored = np.load(word.partition("=")[2])["points"]
    assert np.allclose(stored, circle(200))
    by_table = "x,y\n" + "\n".join(f"{x!r},{y!r}" for x, y in circle(200))
    assert page.send("POST", "points", {"csv": by_table})["words"] == [word]
    assert page.get("runs")["runs"] == []


@pytest.mark.slow
@pytest.mark.parametrize("n", [3, 60])
def test_a_run_trains_on_drawn_points(n: int, page: Page):
    words = page.send("POST", "points", {"points": circle(n)})["words"]
    small = ("train.steps=2", "train.batch=8", "generator.hidden=[8]", "discriminator.hidden=[8]", "engine.threads=1")
    run = ganarium.train("plane", *words, *small, out=page.folder / "drawn")
    found = page.get(f"runs/{page.key('drawn')}/plane/2")
    assert len(found["logits"]) == 48**2
    assert run.checkpoint_steps()[-1] == 2


WORST: tuple[dict[str, Any], ...] = (
    {},
    {"points": circle(5), "csv": "1,2"},
    {"points": []},
    {"points": [[0, 0], [1, 1]]},
    {"points": [[0, 0]] * 10},
    {"points": [[0, 0], [1, 1], [2]]},
    {"points": [[0, 0], [1, 1], ["2", 0]]},
    {"points": [[0, 0], [1, 1], [True, 0]]},
    {"points": [[0, 0], [1, 1], [1e7, 0]]},
    {"points": [[0, 0]] * 20_001},
    {"points": "../../etc/passwd"},
    {"csv": ""},
    {"csv": "\0" * 100},
    {"csv": "a,b,c\n1,2,3\n4,5,6\n7,8,9"},
    {"csv": "x,y\n1,2\n3,nan\n5,6"},
    {"csv": "x,y\n1,2\n3,<script>\n5,6"},
    {"csv": "x,y\n1,2\n3,1e9\n5,6"},
    {"csv": ["x"]},
)


@pytest.mark.parametrize("content", WORST, ids=lambda content: json.dumps(content)[:40])
def test_points_that_cannot_be_used_are_refused_and_nothing_is_stored(content: dict[str, Any], page: Page):
    found = page.send("POST", "points", content)
    assert found["status_code"] == 400, found
    assert found["error"].startswith(("points:", "csv:"))
    assert len(found["error"]) < 300
    assert "/tmp" not in found["error"]
    assert not (page.folder / "data").exists()


def test_points_are_not_stored_in_a_run(page: Page):
    new_run(page.folder)
    assert page.send("POST", "points", {"points": circle(9)})["status_code"] == 409
