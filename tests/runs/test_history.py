"""Histories of a run as columns by step, whatever happened to the run."""

import sys

import numpy as np
import pytest

from ganarium.core.errors import UnknownNameError, UsageError
from ganarium.runs.directory import Run
from ganarium.runs.events import Event, Line, Resumed, Scored, Span, Stopped
from ganarium.runs.history import History, loss_rows, score_rows
from ganarium.training.create import begin, fork
from ganarium.training.loop import fit


def lines(*events: Event) -> list[Line]:
    return [Line(event, number, 0, number / 2) for number, event in enumerate(events)]


def span(step: int, **means: float) -> Span:
    return Span(step, {"discriminator": float(step), "generator": 2.0, **means})


def test_a_column_holds_the_values_by_step_and_nan_where_there_is_none():
    history = History(loss_rows(lines(span(100), span(200, r1=0.5), span(300)), 100))
    assert list(history) == ["step", "seconds", "discriminator", "generator", "r1"]
    assert history["step"].tolist() == [100, 200, 300]
    assert history["step"].dtype == np.int64
    assert history["seconds"].tolist() == [0, 0.5, 1]
    assert history["discriminator"].tolist() == [100, 200, 300]
    assert np.array_equal(history["r1"], [np.nan, 0.5, np.nan], equal_nan=True)
    assert repr(history) == "<History: 3 rows up to step 300: discriminator, generator, r1>"


def test_a_span_that_was_cut_short_counts_once_when_the_run_goes_on():
    history = History(loss_rows(lines(span(100), span(150), Stopped(150, "finished"), Resumed(150), span(200)), 100))
    assert history["step"].tolist() == [100, 200]


def test_scores_have_one_row_for_each_step_at_which_the_run_was_scored():
    scored = [
        Scored(step, name, value, None, 10)
        for step, name, value in ((10, "frechet", 3.0), (10, "recall", 0.5), (20, "frechet", 2.0))
    ]
    history = History(score_rows(lines(span(10), *scored[:2], span(20), scored[2])))
    assert list(history) == ["step", "seconds", "frechet", "recall"]
    assert history["step"].tolist() == [10, 20]
    assert np.array_equal(history["recall"], [0.5, np.nan], equal_nan=True)


def test_a_history_is_a_mapping_that_names_the_nearest_column_and_cannot_be_changed():
    history = History(loss_rows(lines(span(1)), 1))
    assert dict(history).keys() == history.keys()
    assert "discriminator" in history
    assert history.get("nothing") is None
    with pytest.raises(UnknownNameError, match="no column named 'discriminater'; did you mean discriminator"):
        history["discriminater"]
    with pytest.raises(ValueError, match="read-only"):
        history["generator"][0] = 1


def test_a_run_without_a_span_has_an_empty_history(tiny, tmp_path):
    run = begin(tiny(), tmp_path / "run")
    for history in (run.history(), run.score_history()):
        assert list(history) == ["step", "seconds"]
        assert len(history["step"]) == 0
        assert repr(history) == "<History: 0 rows>"


WORDS = ("train.steps=10", "record.log_every=4", "record.monitor_every=0", "record.sample_every=0", "engine.threads=1")
GAMES = {
    "images": (),
    "points": ("data=ring", "data.count=100", "generator.output=linear"),
    "translation": (
        *("game=cycle", "data=pairs", "data.count=20", "generator=resnet", "generator.width=2", "generator.blocks=1"),
        *("discriminator=patch", "discriminator.width=2", "train.batch=2"),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("words", GAMES.values(), ids=GAMES)
def test_runs_of_every_kind_have_a_history_while_they_train_and_after_they_are_resumed_and_forked(
    words, tiny, tmp_path
):
    run = begin(tiny(*WORDS, *words), tmp_path / "run")
    training = fit(run)
    for line in training:
        if line.event.kind == "layers" and line.event.step == 4:
            assert run.history()["step"].tolist() == [4]
            training.close()
    assert run.events()[-1].as_dict()["reason"] == "interrupted"
    list(fit(Run.open(run.path)))
    history = Run.open(run.path).history()
    assert history["step"].tolist() == [4, 8, 10]
    assert np.isfinite([*history["discriminator"], *history["generator"]]).all()
    losses = run.losses()
    assert losses is not None
    assert history["generator"].tolist() == [each.generator for each in losses.spans]
    settings = run.experiment.replace(train={"steps": 14}, seed=1)
    child, _ = fork(run, 10, settings, tmp_path / "fork")
    list(fit(child))
    assert child.history()["step"].tolist() == [12, 14]


def test_pandas_is_asked_for_where_it_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UsageError, match="pip install pandas"):
        History([]).to_pandas()


def test_pandas_gets_the_same_columns():
    pytest.importorskip("pandas")
    history = History(loss_rows(lines(span(100), span(200, r1=0.5)), 100))
    frame = history.to_pandas()
    assert list(frame.columns) == list(history)
    assert np.array_equal(frame["r1"], history["r1"], equal_nan=True)
