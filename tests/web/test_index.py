"""The list of runs: what is found, what is said of each, and what changes."""

import os
import shutil
import time
from pathlib import Path

import pytest
from tests.web.conftest import Page, line, new_run, span, write_log

from ganarium.studies import trial
from ganarium.testing.training import small
from ganarium.web import run_finder
from ganarium.web.errors import MissingRunError
from ganarium.web.index import RunIndex
from ganarium.web.run_finder import DEPTH
from ganarium.web.summaries import STARTING

pytestmark = pytest.mark.slow
ENDED = [line(9, "stopped", 90, reason="finished", note="")]


def names(folder: Path) -> list[str]:
    index = RunIndex(folder)
    index.refresh()
    return sorted(one["name"] for one in index.since(None)["runs"])


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ((), "running"),  # it was created a moment ago
        ((span(0, 10),), "failed"),
        ((span(0, 10), line(1, "stopped", 10, reason="finished", note="")), "finished"),
        ((span(0, 10), line(1, "stopped", 10, reason="interrupted", note="")), "stopped"),
        ((span(0, 10), line(1, "stopped", 10, reason="diverged", note="")), "diverged"),
        ((line(0, "stopped", 10, reason="finished", note=""), line(1, "resumed", 10, 1, note="")), "failed"),
    ],
)
def test_the_status_is_that_of_the_log(lines: tuple[dict[str, object], ...], status: str, page: Page):
    new_run(page.folder / "run", *lines)
    assert page.summary("run")["status"] == status


def test_a_run_without_a_log_waits_once_it_is_no_longer_new(page: Page):
    run = new_run(page.folder / "run")
    long_ago = time.time() - 2 * STARTING
    os.utime(run.path / "experiment.toml", (long_ago, long_ago))
    assert page.summary("run")["status"] == "waiting"


def test_a_run_is_running_or_paused_while_a_process_holds_its_lock(page: Page):
    run = new_run(page.folder / "run", span(0, 10))
    with run.held():
        assert page.summary("run")["status"] == "running"
        write_log(run.path, [line(1, "steered", 10, action="pause", value=None, by="x", note="", request="")])
        assert page.summary("run")["status"] == "paused"
        write_log(run.path, [line(2, "steered", 10, action="save", value=None, by="x", note="", request="")])
        assert page.summary("run")["status"] == "paused"
        write_log(run.path, [line(3, "steered", 10, action="continue", value=None, by="x", note="no", request="")])
        assert page.summary("run")["status"] == "paused"
        write_log(run.path, [line(4, "steered", 10, action="continue", value=None, by="x", note="", request="")])
        assert page.summary("run")["status"] == "running"
    assert page.summary("run")["status"] == "failed"


def test_a_summary_says_what_the_log_and_the_settings_say(page: Page):
    score = {"name": "frechet/x", "floor": 0.5, "n": 100, "note": "lower is better"}
    lines = [
        *(span(0, 10), line(1, "score", 10, value=3.0, **score), span(2, 20, loss=3.0)),
        line(3, "score", 20, value=2.0, error=0.1, **score),
        line(4, "finding", 20, name="collapse", text="t", grave=True, since=10),
        line(5, "sample", 20, what="generated", file="samples/step-00000020.png"),
    ]
    new_run(page.folder / "run", *lines, *ENDED, experiment=small("seed=7", recipe="ring"))
    found = page.summary("run")
    assert found["score"] == {"name": "frechet/x", "value": 2.0, "floor": 0.5, "error": 0.1}
    assert found["losses"] == {"discriminator": 3.0, "generator": 1.5}
    assert found["findings"] == [{"name": "collapse", "title": "mode collapse", "grave": True}]
    assert [found[name] for name in ("recipe", "seed", "steps", "step", "picture")] == ["ring", 7, 20, 90, 20]


def test_runs_are_found_up_to_a_depth_but_not_in_hidden_folders_or_runs_or_through_links(tmp_path: Path):
    folder = tmp_path / "runs"
    deep = folder.joinpath(*"abcd"[:DEPTH])
    outside = new_run(tmp_path / "outside", *ENDED).path
    for path in (folder / "one", deep, deep / "inner", deep.parent / "x" / "y", folder / ".hidden" / "run"):
        path.parent.mkdir(parents=True, exist_ok=True)
        new_run(path, *ENDED)
    (folder / "link").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    (folder / "one" / "samples").rename(folder / "one" / "was")
    assert names(folder) == ["a/b/c/d", "one"]


def test_studies_trials_and_parents_are_named(page: Page):
    new_run(page.folder / "parent", *ENDED)
    study = page.folder / "studies" / "s"
    study.mkdir(parents=True)
    (study / "study.toml").write_text("")
    new_run(study / "runs" / "plain lr=1-seed0-1a2b3c4d", *ENDED)
    for variant in ("baseline", "r1"):
        new_run(page.folder / "remedies" / variant, *ENDED, parent="parent at step 100")
    study_run = page.summary("studies/s/runs/plain lr=1-seed0-1a2b3c4d")
    trial_run = page.summary("remedies/r1")
    assert study_run["group"] == {"kind": "study", "name": "studies/s", "variant": "plain lr=1"}
    assert trial_run["group"] == {"kind": "trial", "name": "remedies", "variant": "r1"}
    assert run_finder.BASELINE == trial.BASELINE
    assert trial_run["parent"] == page.key("parent")


def test_only_changes_are_sent_after_a_revision(page: Page):
    for name in ("a", "b"):
        new_run(page.folder / name, *ENDED)
    page.summary("a")
    revision = page.get("runs")["revision"]
    assert page.get(f"runs?after={revision}")["runs"] == []
    write_log(page.folder / "a", [line(10, "resumed", 90, 1, note=""), span(11, 100, phase=1)])
    key = page.key("a")
    changed = page.get(f"runs?after={revision}")
    assert [one["name"] for one in changed["runs"]] == ["a"]
    shutil.rmtree(page.folder / "a")
    gone = page.get(f"runs/{key}")
    assert (gone["status_code"], gone["error"]) == (404, MissingRunError.SENTENCE)
    assert page.get(f"runs?after={changed['revision']}")["gone"] == [key]


def test_another_run_in_the_same_folder_has_another_version(page: Page):
    new_run(page.folder / "run", *ENDED)
    before = page.summary("run")
    shutil.rmtree(page.folder / "run")
    new_run(page.folder / "run", span(0, 10))
    after = page.summary("run")
    assert before["id"] == after["id"]
    assert before["version"] != after["version"]
    assert (after["step"], after["status"]) == (10, "failed")


@pytest.mark.parametrize(
    "content",
    ["", "x", "[[[", "a = " + "[" * 5000, ".".join("a" * 9000) + " = 1", "data = 1\ntrain = []", "\x00", "é" * 10],
    ids=lambda text: text[:12],
)
def test_a_run_with_damaged_settings_is_listed_as_damaged_and_its_curves_are_shown(content: str, page: Page):
    run = new_run(page.folder / "run", span(0, 10), *ENDED)
    (run.path / "experiment.toml").write_bytes(content.encode("utf-16" if content.startswith("é") else "utf-8"))
    found = page.summary("run")
    assert found["status"] == "damaged"
    assert "experiment.toml" in found["error"]
    assert "Traceback" not in found["error"]
    details = page.get(f"runs/{found['id']}")
    assert details["status_code"] == 200
    assert "experiment.toml" in details["error"]
    assert page.get(f"runs/{found['id']}/curves")["step"] == [10]


def test_settings_of_an_unknown_part_say_so_where_the_run_is_shown(page: Page):
    run = new_run(page.folder / "run", span(0, 10), *ENDED)
    text = (run.path / "experiment.toml").read_text().replace('kind = "dense"', 'kind = "of-a-plugin"')
    (run.path / "experiment.toml").write_text(text)
    found = page.summary("run")
    assert found["status"] == "finished"
    assert "of-a-plugin" in page.get(f"runs/{found['id']}")["error"]


def test_settings_that_are_a_link_a_pipe_or_10_megabytes_are_not_read(page: Page):
    secret = page.folder.parent / "secret.toml"
    secret.write_text('password = "1234"')
    for name in ("link", "pipe", "large"):
        new_run(page.folder / name, *ENDED)
        (page.folder / name / "experiment.toml").unlink()
    (page.folder / "link" / "experiment.toml").symlink_to(secret)
    os.mkfifo(page.folder / "pipe" / "experiment.toml")
    (page.folder / "large" / "experiment.toml").write_bytes(b"# " + b"x" * 10_000_000)
    for name in ("link", "pipe", "large"):
        found = page.summary(name)
        assert found["status"] == "damaged"
        assert "1234" not in str(page.get(f"runs/{found['id']}"))


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "a b\tc", "-x", "ü\n", "%2e%2e", "'\"", "a\\b"])
def test_odd_names_are_listed_and_found(name: str, page: Page):
    new_run(page.folder / name, span(0, 10), *ENDED)
    page.client.get("/api/runs")
    (found,) = page.get("runs")["runs"]
    assert page.get(f"runs/{found['id']}")["status_code"] == 200
    assert found["name"].isprintable()


def test_a_name_that_is_not_unicode_is_listed(page: Page):
    new_run(Path(os.fsdecode(os.fsencode(page.folder) + b"/a\xff")), span(0, 10), *ENDED)
    (found,) = page.get("runs")["runs"]
    assert found["name"] == "a\\xff"
    assert page.get(f"runs/{found['id']}/curves")["step"] == [10]


def test_a_folder_that_does_not_exist_yet_is_empty(tmp_path: Path):
    assert names(tmp_path / "none") == []


def test_a_single_run_can_be_watched(tmp_path: Path):
    new_run(tmp_path / "run", *ENDED)
    assert names(tmp_path / "run") == ["run"]
