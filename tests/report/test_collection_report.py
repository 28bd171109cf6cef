"""Reports of several runs, studies and trials: what differs, intervals over seeds, a conclusion from the numbers."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import ganarium
from ganarium.core.errors import InputError
from ganarium.evaluation.score import Score
from ganarium.report.document.groups import compared, grouped
from ganarium.report.document.run_view import RunView
from ganarium.report.document.sections.comparison_sections import conclusion
from ganarium.report.document.targets import targets_of
from ganarium.report.document.texts import Texts
from ganarium.runs.directory import Run

from .conftest import DENSE
from .pages import checked, report_of

pytestmark = pytest.mark.slow

Copy = Callable[..., Path]
EN = Texts("en")


def with_scores(path: Path, seed: int, words: Mapping[str, str], value: float) -> Run:
    """A copied run with another seed, other settings and a stored test score."""
    file = path / "experiment.toml"
    text = file.read_text("utf-8").replace("seed = 0\n", f"seed = {seed}\n", 1)
    for old, new in words.items():
        assert old in text
        text = text.replace(old, new, 1)
    file.write_text(text, "utf-8")
    run = Run.open(path)
    add_score(run, value)
    return run


def add_score(run: Run, value: float) -> None:
    score = Score("sliced/law", value, 0.1, 2500, "sliced distance, lower is better", 0.01, "ring/law/1")
    run.save_scores("step-00000060-test-2500", {"measures": 3, "scores": [score.as_dict()]})


@pytest.fixture
def six(copy: Copy) -> list[Run]:
    """Three seeds each of two variants, the second of which is clearly nearer to real data."""
    changed = {"beta2 = 0.99": "beta2 = 0.9"}
    return [
        with_scores(copy("plane", f"{name}-{seed}"), seed, words, value)
        for name, words, values in (("plain", {}, (1.0, 1.1, 0.9)), ("better", changed, (0.3, 0.35, 0.25)))
        for seed, value in enumerate(values)
    ]


def views(runs: list[Run], t: Texts = EN) -> list[RunView]:
    return [RunView(run, t) for run in runs]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_groups_over_seeds_are_compared_with_paired_intervals(six: list[Run], lang: str):
    page = checked(report_of(*(run.path for run in six), lang=lang))
    assert "-0.7 ± 0" in page.text
    words = {"en": "significantly better than group A in sliced", "zh": "显著更好"}
    assert words[lang] in page.text


def test_the_conclusion_follows_from_the_numbers(six: list[Run]):
    groups = grouped(views(six))
    said = list(conclusion(groups, compared(groups), EN))
    assert len(groups.views) == 2
    assert said[0].startswith("The value nearest to real data in sliced Wasserstein distance")
    assert "B: " in said[0]
    assert "0.3 ± " in said[0]
    assert "significantly better" in said[1]
    one_seed = grouped(views([six[0], six[3]]))
    assert "One seed" not in " ".join(conclusion(one_seed, compared(one_seed), EN))
    assert "Each group has one seed" in " ".join(conclusion(one_seed, compared(one_seed), EN))


def test_equal_values_are_no_significant_difference(six: list[Run]):
    for number, run in enumerate(six):
        add_score(run, 0.5 + 0.1 * (number % 2))
    groups = grouped(views(six))
    said = " ".join(conclusion(groups, compared(groups), EN))
    assert "there is no significant difference from group A in sliced" in said


def test_runs_with_different_data_are_shown_but_their_scores_are_not_compared(trained: Path):
    text = checked(report_of(trained / "classes", trained / "plane", trained / "pairs")).text
    assert "trained on different data (points, ring, pairs), so their scores are not compared" in text
    assert "there is no conclusion about quality" in text


def test_runs_without_test_scores_are_compared_by_validation_scores(trained: Path, copy: Copy):
    other = copy("plane", "other")
    file = other / "experiment.toml"
    file.write_text(file.read_text("utf-8").replace("seed = 0\n", "seed = 1\n", 1), "utf-8")
    text = checked(report_of(trained / "plane", other)).text
    assert "the validation scores at the end of training are compared" in text


def test_many_runs_have_only_their_findings(six: list[Run], trained: Path):
    page = checked(report_of(*(run.path for run in six), trained / "plane"))
    assert "Findings of each run" in page.text
    assert "Ten single samples" not in page.text


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study") / "rates"
    ganarium.study(
        *("plane", "data=ring", "data.count=200", *DENSE, "record.monitor_every=0"),
        variants={"plain": [], "<b>slow</b>": ["optim.lr=1e-6"]},
        seeds=2,
        steps=10,
        n=500,
        workers=1,
        out=folder,
    )
    return folder


def test_a_study_is_reported_with_its_variants_and_scores(study: Path, tmp_path: Path):
    for lang in ("en", "zh"):
        html = report_of(study, lang=lang)
        page = checked(html)
        assert "<b>slow" not in html
        assert "A: plain" in page.text
        assert f"ganarium study {study}" in page.text
    assert "500 samples against ring" in checked(report_of(study)).text
    copied = Path(shutil.copytree(study, tmp_path / "unfinished"))
    results = sorted((copied / "cells").iterdir())
    results[0].unlink()
    results[1].write_text("{")
    text = checked(report_of(copied)).text
    assert "1 of 4 runs of the study are not finished or failed" in text
    shutil.rmtree(copied / "runs")
    with pytest.raises(InputError, match="no run of the study was trained"):
        targets_of([copied])


def test_a_trial_is_reported_with_its_verdicts(trained: Path, tmp_path: Path):
    tried = ganarium.trial(
        trained / "plane", "r1.gamma=3", at=60, steps=10, out=tmp_path / "tried", on_line=lambda _: None
    )
    for lang, words in (("en", "Trial of remedies"), ("zh", "补救措施试验")):
        text = checked(report_of(trained / "plane", tmp_path / "tried", lang=lang)).text
        assert words in text
        assert tried.outcomes[1].cells[1] in text
        assert "remedies.r1.gamma" in text or "r1.gamma=3" in text
