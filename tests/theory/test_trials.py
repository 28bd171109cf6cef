"""What the sources explain, tried: derivatives, dropout, transposed convolutions, learned gaps, orders of play."""

from itertools import pairwise
from math import comb, log

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as some
from torch import Tensor

from ganarium.theory import basics
from ganarium.theory.basics import by_backward_pass, by_zeros, zeros_between
from ganarium.theory.densities import jensen_shannon, packed_variation, tables, total_variation
from ganarium.theory.min_max_order import (
    MODES,
    four_modes,
    max_inside,
    min_inside,
    respond,
    state_of,
    value_of_min_inside,
)
from ganarium.theory.neural_distance import best_loss, learned_loss


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


# S4: losses, descent, back-propagation, batch normalization, dropout


def test_squared_error_and_cross_entropy():
    answers, truth = torch.tensor([0.8, 0.3]), torch.tensor([1.0, 0.0])
    assert basics.squared_error(answers, truth).item() == pytest.approx((0.04 + 0.09) / 2)
    assert basics.cross_entropy(answers, truth).item() == pytest.approx(-(log(0.8) + log(0.7)) / 2)
    half = torch.tensor([0.5])
    assert basics.cross_entropy(half, half).item() == pytest.approx(log(2))


def test_descent_with_step_alpha_on_a_parabola_shrinks_by_a_factor_and_beyond_it_leaves():
    assert basics.descend(lambda x: 2 * x, 1.0, 0.1, 3) == pytest.approx([1, 0.8, 0.64, 0.512])
    assert abs(basics.descend(lambda x: 2 * x, 1.0, 1.1, 50)[-1]) > 1000


@given(*[some.floats(-10, 10)] * 3)
def test_the_chain_rule_by_hand_is_what_the_framework_does(a: float, b: float, c: float):
    hand = basics.by_hand(a, b, c)
    assert hand == pytest.approx(basics.by_autograd(a, b, c), rel=1e-12, abs=1e-12)
    assert hand == pytest.approx({"J": 3 * (a + b * c), "dJ/da": 3, "dJ/db": 3 * c, "dJ/dc": 3 * b})


def test_batch_normalization_is_the_frameworks():
    x = 5 + 3 * drawn(8, 4)
    assert torch.allclose(basics.batch_normalized(x), F.batch_norm(x, None, None, training=True), atol=1e-12)
    bent = basics.batch_normalized(x, gain=2.0, offset=-1.0)
    assert torch.allclose(bent.mean(0), torch.full((4,), -1.0, dtype=torch.float64))
    assert torch.allclose(bent.std(0, unbiased=False), torch.full((4,), 2.0, dtype=torch.float64), atol=1e-4)


def test_samples_that_differ_a_little_differ_much_after_batch_normalization():
    """S5: it keeps the generator from drawing all samples to one point; equal samples it cannot part."""
    near = 7 + 0.01 * drawn(16, 1)
    assert basics.batch_normalized(near, eps=0.0).std(unbiased=False).item() == pytest.approx(1)
    assert torch.equal(basics.batch_normalized(torch.full((4, 1), 3.0)), torch.zeros(4, 1))


def test_dropout_without_rescaling_hands_on_less_in_training_than_in_use():
    x, keep = drawn(6), 0.75
    masks = torch.cartesian_prod(*[torch.tensor([0.0, 1.0], dtype=torch.float64)] * 6)
    chance = torch.where(masks == 1, keep, 1 - keep).prod(1)
    mean = (chance[:, None] * basics.dropped_out(x, masks)).sum(0)
    scaled = (chance[:, None] * basics.dropped_out_and_scaled(x, masks, keep)).sum(0)
    in_use = basics.dropped_out(x, torch.ones(6, dtype=torch.float64))
    assert torch.equal(in_use, F.relu(x))
    assert torch.allclose(mean, keep * in_use)
    assert torch.allclose(scaled, in_use)


def test_the_scaled_one_is_the_frameworks():
    x = drawn(1000).abs() + 0.1
    framework = F.dropout(x, 0.25, training=True)
    mask = (framework != 0).double()
    assert torch.allclose(basics.dropped_out_and_scaled(x, mask, 0.75), framework)


# S5: the transposed convolution


# stride, padding, extra, kernel
SHAPES = [
    (1, 0, 0, 3),
    (1, 1, 0, 3),
    (2, 0, 0, 2),
    (2, 1, 0, 4),
    (2, 1, 1, 3),
    (3, 2, 2, 5),
    (3, 0, 1, 4),
    (2, 0, 1, 1),
]
SHAPES += [(4, 1, 3, 4), (2, 2, 0, 5)]


@pytest.mark.parametrize(("stride", "padding", "extra", "kernel"), SHAPES)
def test_a_transposed_convolution_is_zeros_and_a_convolution_and_a_backward_pass(
    stride: int, padding: int, extra: int, kernel: int
):
    x, weight = drawn(2, 3, 4, 5), drawn(3, 2, kernel, kernel, seed=1)
    truth = F.conv_transpose2d(x, weight, stride=stride, padding=padding, output_padding=extra)
    assert torch.allclose(by_zeros(x, weight, stride, padding, extra), truth, atol=1e-12)
    assert torch.allclose(by_backward_pass(x, weight, stride, padding, extra), truth, atol=1e-12)


def test_both_ways_go_in_steps_of_one_without_a_border_unless_told():
    x, weight = drawn(1, 2, 3, 3), drawn(2, 1, 3, 3, seed=1)
    truth = F.conv_transpose2d(x, weight)
    assert torch.allclose(by_zeros(x, weight), truth, atol=1e-12)
    assert torch.allclose(by_backward_pass(x, weight), truth, atol=1e-12)


@pytest.mark.parametrize(("stride", "padding", "kernel"), [(2, 1, 4), (1, 1, 3), (2, 0, 2)])
def test_and_its_own_backward_pass_is_the_convolution(stride: int, padding: int, kernel: int):
    x, weight = drawn(2, 2, 8, 6), drawn(3, 2, kernel, kernel, seed=1)
    forward = F.conv2d(x, weight, stride=stride, padding=padding)
    blank = torch.zeros_like(forward, requires_grad=True)
    (back,) = torch.autograd.grad(F.conv_transpose2d(blank, weight, stride=stride, padding=padding), blank, x)
    assert torch.allclose(back, forward, atol=1e-12)


def test_zeros_go_between_the_pixels_and_not_around_them():
    wide = zeros_between(torch.arange(1.0, 7).reshape(1, 1, 2, 3), 3)
    assert wide.shape == (1, 1, 4, 7)
    assert wide[0, 0, 0].tolist() == [1, 0, 0, 2, 0, 0, 3]
    assert wide.sum() == 21
    assert torch.equal(zeros_between(wide, 1), wide)


# S4: the discriminator's loss measures how far two data sets are apart


@pytest.mark.slow
def test_a_learned_discriminators_loss_falls_as_the_data_sets_move_apart():
    apart = (0.0, 0.5, 1.0, 2.0, 4.0)
    learned, best = [learned_loss(d, steps=150) for d in apart], [best_loss(d) for d in apart]
    assert all(further < nearer for nearer, further in pairwise(learned))
    assert learned == pytest.approx(best, abs=0.03)
    assert best[0] == pytest.approx(2 * log(2), abs=1e-12)
    assert best[2] == pytest.approx(1.163451, abs=1e-6)


def test_the_learned_loss_is_a_function_of_its_seed():
    assert learned_loss(1.0, steps=3) == learned_loss(1.0, steps=3) != learned_loss(1.0, steps=3, seed=1)


# S5: which player is trained to the end inside the other's turn


def test_with_the_max_inside_the_model_becomes_the_data():
    far = four_modes()
    gaps = [state_of(max_inside(far, steps)).divergence for steps in (0, 1, 5, 20, 100)]
    assert all(later < sooner for sooner, later in pairwise(gaps))
    assert gaps[-1] < 1e-12
    assert state_of(max_inside(far, 100)).modes == len(MODES)


def test_each_step_with_the_max_inside_is_one_answer_to_the_best_there_is():
    far = four_modes()
    assert torch.equal(max_inside(far, 1).q, respond(far, far.log_ratio, 1).q)


def test_with_the_min_inside_the_model_goes_to_where_the_discriminator_answers_most():
    far = four_modes()
    judged = far.log_ratio
    pushed = respond(far, judged, 1000)
    assert pushed.q.argmax() == judged.argmax()
    assert pushed.q.max() > 0.99
    told = state_of(pushed)
    assert (told.modes, round(told.spread, 1)) == (1, 1.0)
    assert told.divergence > 2.5 * state_of(far).divergence


def test_with_the_min_inside_it_goes_from_mode_to_mode_and_never_has_two():
    rounds = [state_of(model) for model in min_inside(four_modes(), 1000, 9)]
    assert {told.modes for told in rounds} == {1}
    assert min(told.divergence for told in rounds) > 0.6
    homes = [max(range(4), key=told.near.__getitem__) for told in rounds]
    assert len(set(homes)) > 1


def test_as_a_number_max_min_is_what_min_max_is():
    """V is concave in D and linear in q: at D = ½ the least over q is −ln 4, and no other D does better."""
    d = four_modes()
    assert value_of_min_inside(d, torch.zeros_like(d.x)) == pytest.approx(-log(4))
    for seed in range(20):
        logit = drawn(len(d.x), seed=seed) * (seed + 1) / 10
        assert value_of_min_inside(d, logit) < -log(4)
        best = respond(d, logit, 10**6)
        value = (d.p * F.logsigmoid(logit)).sum() + (best.q * F.logsigmoid(-logit)).sum()
        assert value_of_min_inside(d, logit) == pytest.approx(value.item(), abs=1e-6)


def test_one_answer_is_a_step_on_the_minimax_loss():
    """q ← q·(1 − D)^−rate: mirror descent."""
    d, logit = tables([1, 2, 1], [1, 1, 2]), torch.tensor([0.4, -1.0, 2.0], dtype=torch.float64)
    weights = d.q * (1 - logit.sigmoid()) ** -0.5
    assert torch.allclose(respond(d, logit, 1).q, weights / weights.sum())


def test_spread_counts_points():
    even = tables([1, 1, 1, 1], [1, 1, 1, 1])
    assert state_of(even).spread == pytest.approx(4)


# packing


def test_packing_shows_a_dropped_mode_sooner_than_a_model_that_keeps_all():
    """Lin 2018, §3: both miss by 0.2; dropping is 1 − 0.8^m, keeping is a binomial sum."""
    for m in range(1, 9):
        dropping = packed_variation([0.2, 0.8], [0.0, 1.0], m)
        keeping = packed_variation([0.5, 0.5], [0.3, 0.7], m)
        assert dropping == pytest.approx(1 - 0.8**m)
        assert keeping == pytest.approx(
            sum(comb(m, k) * abs(0.5**m - 0.3**k * 0.7 ** (m - k)) for k in range(m + 1)) / 2
        )
        assert dropping >= keeping - 1e-12
        assert m == 1 or dropping > keeping + 0.1


def test_a_pack_of_one_is_the_total_variation():
    p, q = [0.2, 0.3, 0.5], [0.1, 0.6, 0.3]
    assert packed_variation(p, q, 1) == pytest.approx(total_variation(tables(p, q)))
    assert packed_variation(p, p, 3) == 0
    assert jensen_shannon(tables(p, p)) == pytest.approx(0, abs=1e-15)
