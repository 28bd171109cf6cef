"""Losses of a run: which steps a mean is over, whatever happened to the run."""

import pytest

from ganarium.runs.events import Event, Line, Resumed, Sample, Span
from ganarium.runs.loss_history import Losses, losses_in


def losses(*events: Event, every: int = 100) -> Losses:
    found = losses_in([Line(event, number, 0, 0.0) for number, event in enumerate(events)], every)
    assert found is not None
    return found


def span(step: int, discriminator: float = 1.0, generator: float = 2.0) -> Span:
    return Span(step, {"discriminator": discriminator, "generator": generator, "discriminator.objective": 9.0})


def test_a_span_holds_the_mean_over_the_steps_since_the_one_before():
    found = losses(Sample(0, "data", "x.png"), span(100, 1, 2), span(200, 3, 4))
    assert [(each.first, each.last, each.discriminator, each.generator) for each in found.spans] == [
        (1, 100, 1, 2),
        (101, 200, 3, 4),
    ]
    assert found.final == found.spans[-1]
    assert found.as_dict()["curve"] == {
        "first": [1, 101],
        "last": [100, 200],
        "discriminator": [1, 3],
        "generator": [2, 4],
    }


def test_the_mean_is_over_the_spans_of_the_last_tenth_each_weighted_by_its_steps():
    found = losses(*(span(step, generator=step) for step in range(100, 2000, 100)), span(1950, generator=0.0))
    assert found.mean.over == "steps 1,701 to 1,950"
    assert found.mean.generator == pytest.approx((100 * 1800 + 100 * 1900 + 50 * 0) / 250)
    assert found.final.over == "steps 1,901 to 1,950"


def test_the_last_step_alone_is_a_span_of_one_step():
    assert losses(span(40_000), span(40_001)).final.over == "step 40,001"


def test_a_span_that_was_cut_short_counts_once_when_the_run_goes_on():
    found = losses(span(100, 1), span(150, 2), Resumed(150), span(200, 3))
    assert [(each.first, each.last, each.discriminator) for each in found.spans] == [(1, 100, 1), (101, 200, 3)]


def test_a_fork_begins_where_its_parent_was():
    found = losses(Resumed(150, "forked from x"), span(200), Resumed(200), span(300))
    assert [(each.first, each.last) for each in found.spans] == [(151, 200), (201, 300)]


def test_a_run_that_was_killed_before_its_first_checkpoint_begins_at_1():
    assert losses(Resumed(-1), span(100)).final.first == 1


def test_a_run_without_a_span_has_no_losses():
    assert losses_in([], 100) is None
    assert losses_in([Line(Sample(0, "data", "x.png"), 0, 0, 0.0)], 100) is None
