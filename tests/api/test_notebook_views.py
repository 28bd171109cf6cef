"""What a notebook shows of runs, scores, comparisons, diagnoses and trials: inert, complete, and as HTML and PNG."""

from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ganarium.config.overrides import override
from ganarium.diagnosis.diagnose import DiagnosedFinding, Diagnosis, SignalValue
from ganarium.evaluation.score import Score, Scores
from ganarium.recipes import RECIPES
from ganarium.runs.directory import Run
from ganarium.runs.events import Finding, Line, Sample, Scored, Span
from ganarium.runs.folders import create_run
from ganarium.runs.provenance import current_provenance
from ganarium.studies.compare import Comparison, ScoredRun, compare
from ganarium.studies.trial import Outcome, Trial

EVIL = "<script>alert(1)<script>\"' onerror=alert(1) $\\frac$ <img src=x onerror=alert(1)>"
TAGS = {"div", "span", "b", "table", "thead", "tbody", "tr", "th", "td", "img", "details", "summary"}


class Reader(HTMLParser):
    """Collects the elements and the text of a page, as a browser reads them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data: str) -> None:
        self.text += data


def image(folder: Path) -> str:
    path = folder / "trial.png"
    Image.new("L", (8, 8)).save(path)
    return str(path)


def scores(_: Path) -> Scores:
    return Scores([Score(EVIL, 1.0, 0.5, 100, EVIL, 0.1, EVIL, (), {EVIL: 2.0}), Score("recall/x", 0.25, None, 9, "")])


def comparison(folder: Path) -> Comparison:
    score = Score(EVIL, 1.0, 0.5, 100, EVIL, 0.1, EVIL)
    compared = compare([ScoredRun(group, seed, {EVIL: score}) for group in (EVIL, "other") for seed in (0, 1)])
    return replace(compared, pictures={EVIL: image(folder), "other": str(folder / "removed.png")})


def diagnosis(_: Path) -> Diagnosis:
    finding = DiagnosedFinding("collapse", EVIL, EVIL, EVIL, True, since=100)
    signal = SignalValue("spread", EVIL, EVIL, EVIL, 0.1, 0.5, False, True)
    return Diagnosis(200, (finding,), (signal,), (finding,))


def trial(folder: Path) -> Trial:
    outcome = Outcome(EVIL, (), "", Scored(1, EVIL, 1.0, 0.5, 9, EVIL), (EVIL,), "helped")
    return Trial(EVIL, 100, 50, image(folder), (outcome,))


def run(folder: Path) -> Run:
    experiment = override(RECIPES["dense-digits"].experiment(), ["train.steps=100"])
    facts = {"data_hash": "0", "shape": (1, 16, 16), "classes": (EVIL,), "untrained": ()}
    made = create_run(folder / EVIL.replace("/", ""), experiment, current_provenance(facts))
    means = {"discriminator": 1.0, "generator": 2.0}
    events = (Span(50, means), Finding(50, EVIL, EVIL, True), Scored(50, EVIL, 1.0, 0.5, 9, EVIL))
    for number, event in enumerate((Sample(0, "data", EVIL), *events)):
        made.append(Line(event, number, 0, 0.0))
    return made


MAKERS = (scores, comparison, diagnosis, trial, run)
SHOWN = [
    pytest.param(make, marks=[pytest.mark.slow] * (make in (run, comparison)), id=make.__name__) for make in MAKERS
]


@pytest.mark.parametrize("make", SHOWN)
def test_text_is_inert_and_shown_as_it_is(make: Callable[[Path], Any], tmp_path: Path):
    page = Reader(make(tmp_path)._repr_html_())
    assert "<script>alert(1)<script>\"' onerror=alert(1) $\\frac" in page.text
    for tag, attributes in page.elements:
        assert tag in TAGS
        assert attributes.keys() <= {"style", "src", "alt"}
        assert "url(" not in (attributes.get("style") or "")
        assert (attributes.get("src") or "data:image/png;base64,").startswith("data:image/png;base64,")


@pytest.mark.parametrize("make", SHOWN)
def test_text_has_the_colours_of_the_theme(make: Callable[[Path], Any], tmp_path: Path):
    for _, attributes in Reader(make(tmp_path)._repr_html_()).elements:
        for rule in (attributes.get("style") or "").split(";"):
            name, _, value = rule.strip().partition(": ")
            assert name not in ("background", "background-color")
            assert (name, value) == ("color", "inherit") or name != "color"


@pytest.mark.slow
@pytest.mark.parametrize("make", MAKERS)
def test_the_image_is_a_png_file(make: Callable[[Path], Any], tmp_path: Path):
    with Image.open(BytesIO(make(tmp_path)._repr_png_()), formats=["PNG"]) as shown:
        assert min(shown.size) > 1


def test_numbers_have_their_floors(tmp_path: Path):
    text = Reader(scores(tmp_path)._repr_html_()).text
    assert "real data" in text
    assert "0.5" in text
    assert "degraded samples" in text


def test_a_trial_without_its_picture_has_none(tmp_path: Path):
    shown = trial(tmp_path)
    Path(shown.picture).unlink()
    assert shown._repr_png_() is None
    assert "<img" not in shown._repr_html_()


@pytest.mark.slow
def test_a_comparison_shows_the_pictures_that_can_be_read(tmp_path: Path):
    shown = comparison(tmp_path)
    assert shown._repr_html_().count("<img") == 1
    assert "<img" not in replace(shown, pictures={})._repr_html_()


def test_an_empty_result_can_be_shown():
    assert "score" in Scores([])._repr_html_()
    assert Scores([])._repr_png_().startswith(b"\x89PNG")
    assert "too early to say" in Diagnosis(0, (), ())._repr_html_()
