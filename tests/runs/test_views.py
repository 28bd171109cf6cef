"""The figure of a run and its HTML, whatever state the run is in."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import pytest
from matplotlib.figure import Figure
from PIL import Image

import ganarium
from ganarium.config.overrides import override
from ganarium.recipes import RECIPES
from ganarium.runs.directory import Run
from ganarium.runs.events import Event, Finding, Line, Resumed, Sample, Scored, Span, Stopped
from ganarium.runs.folders import create_run
from ganarium.runs.provenance import current_provenance

FACTS = {"data_hash": "0", "shape": (1, 16, 16), "classes": (), "untrained": ()}


def run_with(folder: Path, *events: Event, words: Sequence[str] = ()) -> Run:
    """A run of 1,000 steps with these events in its log."""
    experiment = override(RECIPES["dense-digits"].experiment(), ["train.steps=1000", *words])
    run = create_run(folder / "run", experiment, current_provenance(FACTS))
    for number, event in enumerate(events):
        run.append(Line(event, number, 0, 0.0))
    return run


def span(step: int) -> Span:
    return Span(step, {"discriminator": 1.0, "generator": 2.0, "judged.lead": 0.75})


def scored(step: int, name: str = "frechet/mnist-0", value: float = 3.0) -> Scored:
    return Scored(step, name, value, 0.1, 2000, "a note", error=0.2)


def panels(figure: Figure) -> list[str]:
    """The titles of the panels of curves and findings."""
    return [title for axes in figure.axes if (title := axes.get_title(loc="left"))]


def picture(run: Run, name: str, colour: int) -> str:
    Image.new("L", (8, 8), colour).save(run.path / "samples" / name)
    return f"samples/{name}"


SPANS = tuple(map(span, range(100, 1001, 100)))
STATES: dict[str, tuple[tuple[Event, ...], list[str], str]] = {
    "new": ((), ["loss"], "step 0 of 1,000"),
    "without steps": ((Sample(0, "data", "samples/data.png"),), ["loss"], "step 0 of 1,000"),
    "one span": ((span(100),), ["loss", "lead"], "step 100 of 1,000"),
    "interrupted": (
        (span(100), span(200), Stopped(230, "interrupted")),
        ["loss", "lead"],
        "step 230 of 1,000, interrupted",
    ),
    "fork": ((Resumed(500), span(600), scored(600)), ["loss", "lead", "frechet"], "step 600 of 1,000"),
    "finished": (
        (*SPANS, scored(500), scored(1000), Stopped(1000, "finished")),
        ["loss", "lead", "frechet"],
        "step 1,000 of 1,000, finished",
    ),
    "with findings": (
        (span(100), Finding(100, "collapse", "text", True, since=50), Finding(0, "few-images", "text")),
        ["loss", "lead", "findings"],
        "step 100 of 1,000",
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_the_figure_has_a_panel_for_everything_that_is_recorded(tmp_path: Path, state: str):
    events, titles, status = STATES[state]
    figure = run_with(tmp_path, *events).plot()
    assert isinstance(figure, Figure)
    assert panels(figure) == titles
    assert figure.get_suptitle() == f"run: {status}"


@pytest.mark.slow
@pytest.mark.parametrize("state", STATES)
def test_a_run_is_shown_in_any_state(tmp_path: Path, state: str):
    events, _, status = STATES[state]
    run = run_with(tmp_path, *events)
    assert status in run._repr_html_()
    assert run._repr_png_().startswith(b"\x89PNG")


def test_a_finding_is_marked_at_the_step_since_which_it_holds(tmp_path: Path):
    figure = run_with(tmp_path, span(500), Finding(500, "collapse", "text", True, since=250)).plot()
    (loss, *_, marks) = figure.axes
    assert 250 in [line.get_xdata()[0] for line in loss.lines]
    assert [(note.get_text(), note.xy[0]) for note in marks.texts] == [("collapse", 250)]


def test_the_axis_of_a_fork_begins_at_the_fork(tmp_path: Path):
    figure = run_with(tmp_path, Resumed(500), span(600), span(700)).plot()
    assert figure.axes[0].get_xlim()[0] == 500


def test_the_newest_picture_that_can_be_read_is_shown(tmp_path: Path):
    samples = [Sample(step, "generated", f"samples/{step}.png") for step in (0, 100, 200)]
    run = run_with(tmp_path, *samples, Sample(300, "generated", "samples/../../outside.png"))
    picture(run, "0.png", 10)
    picture(run, "100.png", 20)
    (run.path / "samples" / "200.png").write_bytes(b"\x89PNG torn")
    Image.new("L", (8, 8), 99).save(tmp_path / "outside.png")
    assert run.plot().axes[-1].get_images()[0].get_array().max() == 20


@pytest.mark.slow
def test_drawing_needs_no_pyplot_and_leaves_the_backend_alone(tmp_path: Path):
    before = matplotlib.rcParams._get_backend_or_none()
    run_with(tmp_path, span(100)).plot().savefig(tmp_path / "x.svg")
    assert matplotlib.rcParams._get_backend_or_none() == before


@pytest.mark.slow
def test_names_may_be_in_any_script(tmp_path: Path):
    run = run_with(tmp_path, Finding(1, "崩壊", "text"), span(1), scored(1, "得点/x"))
    assert Run.open(run.path.rename(tmp_path / "生成"))._repr_png_().startswith(b"\x89PNG")


@pytest.mark.slow
def test_names_are_never_read_as_formulas(tmp_path: Path):
    run = run_with(tmp_path / "$x$ $", Finding(1, "$\\frac", "text"), span(1), scored(1, "$\\frac/x"))
    run.plot().savefig(tmp_path / "x.png")
    Run.open(run.path.rename(tmp_path / "$\\oops")).plot().savefig(tmp_path / "x.png")


@pytest.mark.slow
@pytest.mark.parametrize("words", [("ring",), ("dense-digits", "data=points", "data.count=100", "data.size=16")])
def test_a_trained_run_shows_its_samples_scores_and_settings(tmp_path: Path, words: tuple[str, ...]):
    run = ganarium.train(
        *words, "train.batch=8", "record.log_every=5", steps=10, out=tmp_path / "run", on_line=lambda _: None
    )
    assert run.plot().axes[-1].get_images()
    html = run._repr_html_()
    assert "optim.lr" in html
    newest = [line.event for line in run.events() if isinstance(line.event, Scored)]
    assert all(f"{score.name}</td>" in html for score in newest)
