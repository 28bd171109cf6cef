"""A draw is a pure function of (seed, consumer, block of steps)."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganarium.core.random_streams import (
    BLOCK_STEPS,
    BLOCK_VALUES,
    Draw,
    Streams,
    block_length,
    integers,
    key,
    normal,
    numpy_generator,
    permutation,
    uniform,
)

LAWS = {
    "normal": normal(3),
    "uniform": uniform(3, low=-1, high=1),
    "integers": integers(3, high=7),
    "permutation": permutation(5),
    "large": normal(BLOCK_VALUES // 10),
    "empty": permutation(0),
}


@pytest.mark.parametrize("draw", LAWS.values(), ids=LAWS)
def test_a_draw_does_not_depend_on_what_was_asked_before(draw: Draw):
    steps = [130, 0, 63, 64, 1, 130, 0]
    asked = Streams(3)
    for step in steps:
        asked.at("other", normal(2), step)
        assert torch.equal(asked.at("me", draw, step), Streams(3).at("me", draw, step))


@given(st.integers(0, 2**63 - 1), st.integers(0, 10**12))
def test_seed_consumer_and_step_each_change_the_draw(seed: int, step: int):
    here = Streams(seed).at("me", normal(4), step)
    assert not torch.equal(here, Streams(seed ^ 1).at("me", normal(4), step))
    assert not torch.equal(here, Streams(seed).at("you", normal(4), step))
    assert not torch.equal(here, Streams(seed).at("me", normal(4), step + 1))


def test_two_draws_of_one_consumer_do_not_disturb_each_other():
    streams = Streams(0)
    first = streams.at("me", normal(2), 0).clone()
    streams.at("me", normal(3), 70)
    assert torch.equal(streams.at("me", normal(2), 0), first)


@pytest.mark.parametrize("n", [0, 1, 64, 65, 200])
def test_rows_are_the_draws_of_the_first_steps(n: int):
    rows = Streams(5).rows("me", normal(2), n)
    assert rows.shape == (n, 2)
    assert torch.equal(rows, Streams(5).rows("me", normal(2), 300)[:n])
    for step in range(0, n, 17):
        assert torch.equal(rows[step], Streams(5).at("me", normal(2), step))


def test_named_draws_of_one_consumer_have_streams_of_their_own():
    streams = Streams(1)
    drawn = streams.all_at("me", {"a": normal(4), "b": normal(4)}, 9)
    assert torch.equal(drawn["a"], streams.at("me.a", normal(4), 9))
    assert not torch.equal(drawn["a"], drawn["b"])


def test_normal_draws_are_standard_and_uncorrelated_between_steps_and_consumers():
    a, b = (Streams(2).rows(name, normal(), 40_000) for name in "ab")
    assert abs(a.mean()) < 4 / 200
    assert abs(a.var() - 1) < 4 * 2**0.5 / 200
    assert abs((a * b).mean()) < 4 / 200
    assert abs((a[1:] * a[:-1]).mean()) < 4 / 200


def test_uniform_draws_fill_their_interval_and_no_more():
    drawn = Streams(2).rows("me", uniform(low=-1, high=3), 20_000)
    assert -1 <= drawn.min() < -0.99
    assert 2.99 < drawn.max() < 3
    assert abs(drawn.mean() - 1) < 4 * (4 / 12**0.5) / 20_000**0.5


def test_integers_take_every_value_below_high():
    assert Streams(2).rows("me", integers(high=7), 2_000).unique().tolist() == list(range(7))


def test_a_permutation_holds_every_number_once_and_moves_each_step():
    orders = Streams(2).rows("me", permutation(20), 100)
    assert torch.equal(orders.sort(1).values, torch.arange(20).expand(100, 20))
    assert len(orders.unique(dim=0)) == 100


def test_nothing_touches_the_global_generators():
    before, numpy_before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    for draw in LAWS.values():
        Streams(0).at("me", draw, 100)
    numpy_generator(0, "me").random(10)
    assert torch.equal(torch.get_rng_state(), before)
    assert (np.random.get_state()[1] == numpy_before).all()  # noqa: NPY002


def test_the_numbers_themselves_are_pinned_since_runs_depend_on_them():
    assert (
        key(0, "feed", 0) == 964840912040073150
    )  # half of what `printf 0/feed/0 | b2sum -l 64` says, little end first
    assert block_length(normal(3)) == BLOCK_STEPS
    assert block_length(LAWS["large"]) == 10
    assert block_length(normal(2 * BLOCK_VALUES)) == 1


@given(st.integers(), st.text(), st.integers())
def test_keys_fit_a_signed_64_bit_seed(seed: int, consumer: str, block: int):
    assert 0 <= key(seed, consumer, block) < 2**63


def test_numpy_generators_differ_by_consumer_and_block_and_repeat():
    drawn = {place: numpy_generator(4, *place).random(3).tolist() for place in [("a", 0), ("a", 1), ("b", 0)]}
    assert drawn["a", 0] == numpy_generator(4, "a").random(3).tolist()
    assert len({tuple(numbers) for numbers in drawn.values()}) == 3
