"""The race: a real process that ends as soon as the score is reached, or with the recipe's last step."""

from time import perf_counter

import pytest
from benchmarks.race import timed

SHORT = ("engine.kernels=default", "engine.threads=1", "record.evaluate_every=2", "record.monitor_every=0")


@pytest.mark.slow
def test_a_race_ends_at_the_first_score_that_is_low_enough():
    began = perf_counter()
    race = timed("digits", 5, 1e9, [*SHORT, "train.steps=6"])
    assert race["reached"]
    assert [score["step"] for score in race["curve"]] == [2]
    assert 0 < race["curve"][0]["training"] < race["seconds"] <= perf_counter() - began


@pytest.mark.slow
def test_a_race_that_never_reaches_the_score_has_all_scores_of_the_recipe():
    race = timed("digits", 5, 1e-9, [*SHORT, "train.steps=4"])
    assert not race["reached"]
    assert [score["step"] for score in race["curve"]] == [2, 4]
