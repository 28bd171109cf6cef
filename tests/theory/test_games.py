"""Tiny games: who converges, who cycles, who diverges; rates from eigenvalues, orbits from numbers.md §8."""

from itertools import islice
from math import cos, exp, hypot, log, sqrt
from typing import Any

import numpy as np
import pytest
import torch

from ganarium.config.objectives import OBJECTIVES
from ganarium.theory.derivatives import SLOPES, Slopes, sigmoid
from ganarium.theory.games import PENALTIES, Field, ToyGame, bend, bilinear, clipping, dirac, eigenvalues, with_noise
from ganarium.theory.gaussian_check import objective
from ganarium.theory.orbits import FAR, RULES, START, Orbit, fate, lookahead, orbit, radii

CASES: dict[str, dict[str, Any]] = {
    **{name: {} for name in OBJECTIVES if name != "f-divergence"},
    "least-squares/centred": {"a": -1.0, "b": 1.0, "c": 0.0},
    **{f"f-divergence/{name}": {"divergence": name} for name in ("kl", "reverse-kl", "pearson", "js")},
}
every_objective = pytest.mark.parametrize("case", CASES)


def slopes_of(case: str) -> Slopes:
    return SLOPES[case.split("/")[0]](**CASES[case])


def played(
    case: str = "non-saturating", penalty: str = "none", strength: float = 0.0, *, rule: str = "simultaneous",
    h: float = 0.2, steps: int = 500, start: tuple[float, float] = START,
) -> Orbit:  # fmt: skip
    return orbit(PENALTIES[penalty](slopes_of(case), strength), RULES[rule], h, steps, start)


def last(path: Orbit) -> float:
    return float(radii(path)[-1])


def autograd_slopes(case: str, real: float, fake: float) -> list[float]:
    """The three slopes, by the framework, of the losses that training descends."""
    play = objective(case.split("/")[0], **CASES[case])
    r, f = (torch.tensor([value], dtype=torch.float64, requires_grad=True) for value in (real, fake))
    of_judge = torch.autograd.grad(play.discriminator(r, f), (r, f))
    of_generator = torch.autograd.grad(play.generator(r, f), f)
    return [slope.item() for slope in (*of_judge, *of_generator)]


def test_there_are_slopes_for_every_objective():
    assert set(SLOPES) == set(OBJECTIVES)


@every_objective
@pytest.mark.parametrize(("real", "fake"), [(0.0, 0.0), (0.3, -0.7), (-2.0, 1.5), (4.0, -3.0)])
def test_slopes_are_those_of_the_losses_that_training_descends(case: str, real: float, fake: float):
    slopes = slopes_of(case)
    closed = [slope(real, fake) for slope in (slopes.real, slopes.fake, slopes.generator)]
    assert closed == pytest.approx(autograd_slopes(case, real, fake), abs=1e-12)


def test_the_sigmoid_never_overflows():
    assert [sigmoid(t) for t in (-1e9, 0.0, 1e9)] == [0, 0.5, 1]
    assert sigmoid(-3.0) == pytest.approx(1 / (1 + exp(3)), rel=1e-12)


@every_objective
def test_the_dirac_gan_descends_the_objective_at_a_line(case: str):
    """θ and ψ as weights, D(x) = ψx, by autograd."""
    theta, psi = (torch.tensor([value], dtype=torch.float64, requires_grad=True) for value in (0.7, -0.4))
    play = objective(case.split("/")[0], **CASES[case])
    (of_psi,) = torch.autograd.grad(play.discriminator(0 * psi, psi * theta), psi)
    (of_theta,) = torch.autograd.grad(play.generator(0 * psi, psi * theta), theta)
    assert dirac(slopes_of(case))(0.7, -0.4) == pytest.approx((of_theta.item(), of_psi.item()), abs=1e-12)


def test_the_bilinear_game_is_the_dirac_gan_of_the_critic_with_psi_turned():
    of_theta, of_psi = dirac(SLOPES["wasserstein"]())(0.3, -0.8)
    assert bilinear(0.3, 0.8) == pytest.approx((of_theta, -of_psi))


# eigenvalues at (0, 0)


def test_without_a_penalty_players_turn_and_are_not_drawn_in():
    for name, turning in {
        "minimax": 0.5, "non-saturating": 0.5, "relativistic": 0.5, "wasserstein": 1.0, "hinge": 1.0,
        "relativistic-average": 1.0, "f-divergence/js": 0.5, "f-divergence/kl": exp(-1), "f-divergence/pearson": 1.0,
    }.items():  # fmt: skip
        assert eigenvalues(dirac(slopes_of(name))) == pytest.approx([-1j * turning, 1j * turning], abs=1e-9), name


@pytest.mark.parametrize("penalty", ["r1", "r2"])
@pytest.mark.parametrize("gamma", [0.3, 0.9, 1.0, 2.5])
@pytest.mark.parametrize("case", ["minimax", "non-saturating"])
def test_a_ridge_draws_in_and_from_gamma_one_on_without_turning(case: str, penalty: str, gamma: float):
    root = (gamma**2 / 4 - 1 / 4 + 0j) ** 0.5
    found = eigenvalues(PENALTIES[penalty](slopes_of(case), gamma).field)
    assert sorted(found, key=lambda v: (v.real, v.imag)) == pytest.approx(
        [-gamma / 2 - root, -gamma / 2 + root], abs=1e-5
    )
    assert (abs(found[0].imag) > 1e-4) == (gamma < 1)


@pytest.mark.parametrize("sigma", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("case", ["minimax", "non-saturating"])
def test_instance_noise_draws_in_by_its_square_and_stops_the_turning_at_sigma_squared_two(case: str, sigma: float):
    root = (sigma**4 / 16 - 1 / 4 + 0j) ** 0.5
    found = eigenvalues(PENALTIES["instance-noise"](slopes_of(case), sigma).field)
    assert found == pytest.approx([-(sigma**2) / 4 - root, -(sigma**2) / 4 + root], abs=1e-6)
    assert (abs(found[0].imag) > 1e-6) == (sigma**2 < 2)


def test_noise_does_not_help_a_critic_whose_loss_is_straight():
    assert eigenvalues(with_noise(slopes_of("wasserstein"), 1.0)) == pytest.approx([-1j, 1j], abs=1e-9)


@pytest.mark.parametrize("gamma", [0.3, 1.0])
def test_consensus_draws_in_by_a_quarter_of_gamma(gamma: float):
    found = eigenvalues(PENALTIES["consensus"](slopes_of("minimax"), gamma).field)
    assert found == pytest.approx([-gamma / 4 - 0.5j, -gamma / 4 + 0.5j], abs=1e-6)


def test_consensus_adds_the_slope_of_half_the_squared_slopes():
    field = dirac(slopes_of("minimax"))

    def half_square(theta: float, psi: float) -> float:
        return sum(slope**2 for slope in field(theta, psi)) / 2

    at, tiny = (0.8, -1.1), 1e-5
    pull = [
        (half_square(at[0] + a, at[1] + b) - half_square(at[0] - a, at[1] - b)) / (2 * tiny)
        for a, b in ((tiny, 0), (0, tiny))
    ]
    expected = [plain + 0.7 * more for plain, more in zip(field(*at), pull, strict=True)]
    assert PENALTIES["consensus"](slopes_of("minimax"), 0.7).field(*at) == pytest.approx(expected, abs=1e-8)


def test_the_gradient_penalty_jumps_at_the_equilibrium_and_has_no_eigenvalues_there():
    field = PENALTIES["gradient-penalty"](slopes_of("wasserstein"), 0.5).field
    assert eigenvalues(field) == []
    assert eigenvalues(field, (0.0, 1.0)) != []


def test_derivatives_have_a_row_for_each_players_slope():
    def field(theta: float, psi: float) -> tuple[float, float]:
        return 2 * theta + 3 * psi, theta * psi

    assert bend(field, (5.0, 7.0)) == pytest.approx(np.array([[2, 3], [7, 5]]))
    assert eigenvalues(lambda a, b: (a, 2 * b)) == pytest.approx([-2, -1])


# penalties by what they add


def added(penalty: str, strength: float, at: tuple[float, float]) -> tuple[float, float]:
    slopes = slopes_of("non-saturating")
    bent, plain = PENALTIES[penalty](slopes, strength).field(*at), dirac(slopes)(*at)
    return bent[0] - plain[0], bent[1] - plain[1]


def test_penalties_bend_the_discriminators_slope_alone():
    assert added("none", 5.0, (0.4, -1.5)) == (0, 0)
    assert added("r1", 0.3, (0.4, -1.5)) == added("r2", 0.3, (0.4, -1.5)) == pytest.approx((0, -0.45))
    assert added("gradient-penalty", 10.0, (0.4, -1.5)) == pytest.approx((0, -10))  # λ(|ψ| − 1)² has slope ∓2λ·0.5
    assert added("gradient-penalty", 10.0, (0.4, 0.5)) == pytest.approx((0, -10))
    assert added("instance-noise", 1e-6, (0.4, -1.5)) == pytest.approx((0, 0), abs=1e-9)


def test_clipping_moves_only_what_is_too_large():
    assert clipping(1.0)((3.0, 0.5)) == (3.0, 0.5)
    assert clipping(1.0)((3.0, 1.5)) == (3.0, 1.0)
    assert clipping(1.0)((3.0, -1.5)) == (3.0, -1.0)
    assert np.abs(played("wasserstein", "clipping", 0.7)[:, 1]).max() == 0.7


def test_noise_is_averaged_as_many_draws_would():
    """Both points carry noise of their own, and both slopes count."""
    slopes, (theta, psi) = slopes_of("relativistic"), (0.6, -1.3)
    x, y = 0.8 * np.random.default_rng(0).standard_normal((2, 400_000))
    r, f = psi * x, psi * (theta + y)
    drawn = (
        psi * slopes.generator(r, f).mean(),
        (x * slopes.real(r, f) + (theta + y) * slopes.fake(r, f)).mean(),
    )
    assert with_noise(slopes, 0.8)(theta, psi) == pytest.approx(drawn, abs=3e-3)


# orbits of the Dirac-GAN, h = 0.2, from (1, −1), which is Mescheder's (1, 1)


def test_the_minimax_flow_conserves_its_distance_and_simultaneous_steps_leave():
    circle = radii(played("minimax", rule="continuous", h=0.05, steps=2000))
    assert circle == pytest.approx(sqrt(2), abs=1e-6)
    assert last(played("minimax")) == pytest.approx(3.10, abs=0.005)
    assert fate(played("minimax")) == "diverges"
    start = 1e-3
    near = radii(played("minimax", steps=200, start=(start, start)))
    assert near[-1] / near[0] == pytest.approx(sqrt(1 + 0.2**2 / 4) ** 200, rel=1e-3)


@pytest.mark.slow
def test_after_fifty_thousand_steps_they_are_where_they_were_said_to_be():
    assert last(played("minimax", steps=50_000)) == pytest.approx(4.96, abs=0.005)
    assert last(played("non-saturating", rule="alternating", steps=50_000)) == pytest.approx(0.0277, abs=0.0015)
    far = radii(played("minimax", rule="alternating", steps=50_000))
    assert 1.25 < far.min() < far.max() < 1.6
    far = radii(played("wasserstein", rule="alternating", steps=50_000))
    assert 1.25 < far.min() < far.max() < 1.6


@pytest.mark.parametrize(("h", "cycles"), [(3.9, True), (4.1, False)])
def test_alternating_minimax_turns_without_growing_while_h_times_the_slope_is_below_two(h: float, cycles: bool):
    """One step as a matrix at (0, 0); f'(0) = 1/2, so the bound is h = 4."""
    game = ToyGame(dirac(slopes_of("minimax")))
    tiny = 1e-6
    columns = [next(RULES["alternating"](game, at, h)) for at in ((tiny, 0.0), (0.0, tiny))]
    sizes = np.abs(np.linalg.eigvals(np.array(columns).T / tiny))
    assert (sizes.max() < 1 + 1e-6) == cycles


def test_the_nonsaturating_flow_meets_slowly():
    """d/dt r²/2 = −θψ·tanh(θψ/2), on average r² = r₀² / (1 + r₀² t / 8)."""
    path = played(rule="continuous", h=0.1, steps=2000)
    assert last(path) ** 2 == pytest.approx(2 / (1 + 2 * 200 / 8), rel=0.01)
    assert fate(path) == "converges"
    far, (theta, psi) = radii(path) ** 2 / 2, path[700]
    assert (far[701] - far[699]) / 0.2 == pytest.approx(-theta * psi * np.tanh(theta * psi / 2), rel=1e-3)


@pytest.mark.parametrize("h", [0.2, 0.05])
def test_simultaneous_nonsaturating_players_end_in_a_circle_of_radius_root_two_h(h: float):
    far = radii(played(h=h, steps=int(400 / h**1.5), start=(0.7 * sqrt(2 * h), 0.7 * sqrt(2 * h))))[-400:]
    assert far.mean() == pytest.approx(sqrt(2 * h), rel=0.01)
    assert far.std() < 0.02 * far.mean()


def test_they_reach_that_circle_from_outside_and_from_inside():
    assert last(played(steps=500)) == pytest.approx(0.640, abs=0.002)
    assert fate(played(steps=2000)) == "cycles"
    assert fate(played(steps=400, start=(0.05, 0.05))) == "diverges"


def test_the_critic_alone_spirals_out_by_a_known_factor_each_step():
    far = radii(played("wasserstein"))
    assert far[1:] / far[:-1] == pytest.approx(sqrt(1 + 0.2**2), rel=1e-12)
    assert far[-1] == pytest.approx(25_636, abs=1)
    assert fate(played("wasserstein")) == "diverges"
    assert fate(played("wasserstein", rule="alternating", steps=2000)) == "cycles"


@pytest.mark.parametrize(
    ("penalty", "strength", "rule", "low", "high"),
    [
        ("clipping", 1.0, "simultaneous", 0.98, 1.30),
        ("clipping", 1.0, "alternating", 0.94, 1.06),
        ("gradient-penalty", 0.5, "simultaneous", 1.20, 2.0),
        ("gradient-penalty", 0.5, "alternating", 1.1, 1.4),
    ],
)
def test_neither_clipping_nor_the_gradient_penalty_lets_the_critic_meet(
    penalty: str, strength: float, rule: str, low: float, high: float
):
    path = played("wasserstein", penalty, strength, rule=rule, steps=5000)
    far = radii(path)[-1000:]
    assert low < far.min() < far.max() < high
    assert fate(path) == "cycles"


@pytest.mark.parametrize(
    "case", ["minimax", "non-saturating", "relativistic", "hinge", "wasserstein", "f-divergence/kl"]
)
@pytest.mark.parametrize(
    "rule", ["simultaneous", "alternating", "continuous", "extragradient", "optimistic", "lookahead"]
)
def test_with_r1_everyone_meets_under_every_rule(case: str, rule: str):
    path = played(case, "r1", 0.6, rule=rule, steps=300)
    assert last(path) < 0.01
    assert fate(path) == "converges"


@pytest.mark.parametrize("case", ["minimax", "non-saturating"])
def test_r1_meets_at_the_rate_of_its_eigenvalues(case: str):
    far = radii(played(case, "r1", 0.3, steps=400))
    rate = abs(1 + 0.2 * complex(-0.15, sqrt(1 / 4 - 0.3**2 / 4)))
    turn = 66  # steps of half a turn, over which the distance wavers
    assert (far[332] / far[332 - 2 * turn]) ** (1 / (2 * turn)) == pytest.approx(rate, abs=1e-3)


@pytest.mark.parametrize(("h", "converges"), [(1.15, True), (1.25, False)])
def test_r1_meets_only_while_the_step_is_below_four_gamma(h: float, converges: bool):
    assert (fate(played("minimax", "r1", 0.3, h=h, steps=3000)) == "converges") == converges
    assert (fate(played("non-saturating", "r1", 0.3, h=h, steps=3000)) == "converges") == converges


@pytest.mark.parametrize(("penalty", "strength"), [("instance-noise", 1.0), ("consensus", 1.0)])
@pytest.mark.parametrize("case", ["minimax", "non-saturating"])
def test_noise_and_consensus_meet_too(case: str, penalty: str, strength: float):
    assert last(played(case, penalty, strength, steps=300)) < 1e-3


def test_with_a_zero_target_for_what_is_generated_least_squares_rests_where_nothing_is_learned():
    """D = ψx answers 0 to the real point whatever ψ, so with a = 0 any θ may stay once ψ is 0."""
    path = played("least-squares", steps=2000)
    assert fate(path) == "stalls"
    assert np.abs(path[-1]) == pytest.approx((1.186, 0), abs=1e-3)
    assert last(played("least-squares", "r1", 1.0, rule="alternating")) > 0.4


# the bilinear game, η = 0.1, from (1, 1), 200 steps


def bilinear_orbit(rule: str, h: float = 0.1, steps: int = 200, field: Field = bilinear) -> Orbit:
    return orbit(ToyGame(field), RULES[rule], h, steps, (1.0, 1.0))


@pytest.mark.parametrize(
    ("rule", "end", "came"),
    [
        ("simultaneous", 3.8252, "diverges"),
        ("extragradient", 0.5229, "converges"),
        ("optimistic", 0.5176, "converges"),
        ("lookahead", 0.6654, "converges"),
        ("continuous", sqrt(2), "cycles"),
    ],
)
def test_the_bilinear_game_ends_where_it_was_said_to(rule: str, end: float, came: str):
    path = bilinear_orbit(rule)
    assert last(path) == pytest.approx(end, abs=1e-4)
    assert fate(path) == came


def test_each_rule_of_the_bilinear_game_has_its_factor():
    for eta in (0.1, 0.4):
        out, back = radii(bilinear_orbit("simultaneous", eta)), radii(bilinear_orbit("extragradient", eta))
        assert out[1:] / out[:-1] == pytest.approx(sqrt(1 + eta**2), rel=1e-9)
        assert back[1:] / back[:-1] == pytest.approx(sqrt(1 - eta**2 + eta**4), rel=1e-9)
        ahead = radii(bilinear_orbit("lookahead", eta))[::5]
        assert ahead[1:] / ahead[:-1] == pytest.approx(abs(0.5 + 0.5 * (1 + 1j * eta) ** 5), rel=1e-9)
    far = radii(bilinear_orbit("alternating", steps=5000))
    assert 1.3 < far.min() < far.max() < 1.5
    assert far[-1000:].mean() == pytest.approx(far[:1000].mean(), rel=1e-3)


def test_optimism_has_the_factor_of_its_two_step_rule():
    """z ← z − η i (2z − z_before) has λ² − (1 − 2iη)λ − iη = 0."""
    rate = max(abs(np.roots([1, -(1 - 0.2j), -0.1j])))
    far = radii(bilinear_orbit("optimistic"))
    assert (far[-1] / far[100]) ** (1 / 100) == pytest.approx(rate, abs=1e-6)


def test_the_flow_is_followed_to_fourth_order():
    """Halving the step makes the error sixteen times smaller."""

    def error(h: float) -> float:
        x, y = bilinear_orbit("continuous", h, round(2 / h))[-1]
        return hypot(x - (cos(2) - np.sin(2)), y - (cos(2) + np.sin(2)))

    assert error(0.2) / error(0.1) == pytest.approx(16, rel=0.1)


# rules and orbits themselves


def test_alternating_moves_the_second_player_first():
    x, y = next(RULES["alternating"](ToyGame(bilinear), (1.0, 1.0), 0.1))
    assert (x, y) == pytest.approx((1 - 0.1 * 1.1, 1.1))
    x, y = next(RULES["simultaneous"](ToyGame(bilinear), (1.0, 1.0), 0.1))
    assert (x, y) == pytest.approx((0.9, 1.1))


def test_every_rule_settles_after_each_move():
    for name, rule in RULES.items():
        game = ToyGame(bilinear, clipping(0.95))
        path = orbit(game, rule, 0.2, 50, (1.0, 1.0))
        assert path[0, 1] == 0.95
        assert np.abs(path[:, 1]).max() <= 0.95, name


def test_lookahead_goes_back_to_alpha_of_the_way():
    fast = list(islice(RULES["simultaneous"](ToyGame(bilinear), (1.0, 1.0), 0.1), 3))
    seen = list(islice(lookahead(ToyGame(bilinear), (1.0, 1.0), 0.1, k=3, alpha=0.25), 3))
    assert seen[:2] == fast[:2]
    assert seen[2] == pytest.approx([1 + 0.25 * (end - 1) for end in fast[2]])


def test_an_orbit_holds_its_start_and_ends_early_when_it_is_lost():
    assert bilinear_orbit("simultaneous", steps=7).shape == (8, 2)
    lost = bilinear_orbit("simultaneous", h=2.0, steps=500)
    assert len(lost) < 30
    assert FAR <= last(lost) <= 1.5 * FAR
    assert fate(lost) == "diverges"
    wild = played("f-divergence/kl", "gradient-penalty", 10.0, rule="continuous")
    assert fate(wild) == "diverges"
    assert np.isfinite(wild).all()


@every_objective
@pytest.mark.parametrize("penalty", PENALTIES)
def test_every_objective_plays_under_every_penalty_and_rule(case: str, penalty: str):
    for rule in RULES:
        path = played(case, penalty, 0.5, rule=rule, steps=15)
        assert np.isfinite(path).all()
        assert fate(path) in ("converges", "stalls", "cycles", "diverges")


@pytest.mark.parametrize(
    ("factor", "turn", "came"),
    [
        (0.99, 0.1, "converges"),
        (1.0, 0.1, "cycles"),
        (1.01, 0.1, "diverges"),
        (1.0, 0.0, "stalls"),
        (0.5, 0.1, "converges"),
    ],
)
def test_fates_of_made_up_orbits(factor: float, turn: float, came: str):
    points = (factor * np.exp(1j * turn)) ** np.arange(400)
    assert fate(np.stack([points.real, points.imag], axis=1)) == came


def test_two_points_are_an_orbit_too():
    assert fate(bilinear_orbit("simultaneous", steps=1)) in ("diverges", "cycles")
    assert log(last(bilinear_orbit("simultaneous", steps=1)) / sqrt(2)) == pytest.approx(log(1.01) / 2)
