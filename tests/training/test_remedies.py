"""Each remedy does what its paper says, on numbers small enough to see."""

from functools import partial
from math import sqrt

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganarium.config.objectives import OBJECTIVES
from ganarium.config.remedies import REMEDIES
from ganarium.core.errors import SettingsError
from ganarium.core.random_streams import Streams, normal, uniform
from ganarium.data.load import load_data
from ganarium.losses.augmentations import translated
from ganarium.networks.base import NO_DRAWS, Discriminator, Draws, Subject
from ganarium.training.build import assemble, update_rule
from ganarium.training.duel import Duel
from ganarium.training.engine import Engine
from ganarium.training.player import Player
from ganarium.training.random_draws import Randomness
from ganarium.training.remedies.base import Remedy

CPU = torch.device("cpu")


def remedy(name: str, **settings: float) -> Remedy:
    return REMEDIES[name].load()(REMEDIES[name].settings(**settings))


def numbers(*shape: int, seed: int = 0) -> Tensor:
    return Streams(seed).at("numbers", normal(*shape), 0).clone()


class Linear(Discriminator):
    """D(x) = w·x; its features are the pictures themselves."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__(Subject(tuple(weight.shape)))
        self.weight = nn.Parameter(weight.clone())

    def features(self, pictures: Tensor, label: Tensor | None = None, draws: Draws = NO_DRAWS) -> Tensor:
        del label, draws
        return pictures

    def head(self, features: Tensor, label: Tensor | None = None) -> Tensor:
        del label
        return features @ self.weight


class Watched(Linear):
    """Keeps what it saw."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__(weight)
        self.seen: list[Tensor] = []

    def features(self, pictures: Tensor, label: Tensor | None = None, draws: Draws = NO_DRAWS) -> Tensor:
        self.seen.append(pictures.detach())
        return super().features(pictures, label, draws)


def duel_of(discriminator: Discriminator, real: Tensor, fake: Tensor, **remedies: Remedy) -> Duel:
    return Duel(discriminator, remedies, Randomness(Streams(0), 0), real, fake, None, fake)


def engine_of(experiment) -> Engine:
    training_state = assemble(experiment, load_data(experiment.data), CPU)
    return Engine(experiment, training_state, update_rule(experiment))


def discriminator_weights(engine: Engine) -> list[Tensor]:
    return [
        layer.weight for layer in engine.state.game.networks["discriminator"].modules() if isinstance(layer, nn.Linear)
    ]


def test_spectral_norm_holds_the_largest_singular_value_of_every_weight_at_one(tiny):
    engine = engine_of(tiny("remedies.spectral_norm=true", "discriminator.hidden=[8, 6]"))
    engine.advance(5)
    for _ in range(100):
        engine.state.remedies["spectral_norm"].after_update("discriminator", engine.state.players["discriminator"])
    weights = discriminator_weights(engine)
    assert len(weights) == 3
    for weight in weights:
        assert torch.linalg.matrix_norm(weight, 2).item() == pytest.approx(1, abs=1e-4)


def test_spectral_norm_follows_the_weights_while_they_move(tiny):
    engine = engine_of(tiny("remedies.spectral_norm=true", "optim.lr=0.001"))
    engine.advance(100)
    for weight in discriminator_weights(engine):
        assert torch.linalg.matrix_norm(weight, 2).item() == pytest.approx(1, abs=0.1)  # left behind it would be at 76


def test_spectral_norm_leaves_the_generator_alone(tiny):
    with_it, without = (engine_of(tiny(*words)).state for words in (["remedies.spectral_norm=true"], []))
    latents = with_it.inputs(0).latents
    assert torch.equal(*(training_state.game.networks["generator"](latents) for training_state in (with_it, without)))


def test_spectral_norm_at_half_strength_divides_by_the_root(tiny):
    engine = engine_of(tiny("remedies.spectral_norm.strength=0.5"))
    whole = discriminator_weights(engine_of(tiny()))
    for weight, plain in zip(discriminator_weights(engine), whole, strict=True):
        assert torch.allclose(weight, plain / torch.linalg.matrix_norm(plain, 2).sqrt(), rtol=2e-2)


def through_pool(size: int, batches: int, n: int = 8) -> list[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """(handed in, shown, pool before, pool after) for each batch; every picture is a number of its own."""
    pool, passed = remedy("image_pool", size=size), []
    for step in range(batches):
        fakes = torch.arange(step * n, (step + 1) * n).float()
        before = pool.state().get("pictures", fakes[:0]).clone()
        shown = pool.fakes("pictures", fakes, Streams(0).all_at("pool", pool.draws(n, ()), step))
        passed.append((fakes, shown, before, pool.state().get("pictures", fakes[:0]).clone()))
    return passed


def test_the_image_pool_fills_before_it_changes_anything():
    for step, (fakes, shown, _, after) in enumerate(through_pool(20, 3)):
        assert torch.equal(shown, fakes)
        assert torch.equal(after, torch.arange(min(20, 8 * (step + 1))).float())


@pytest.mark.parametrize("size", [1, 5, 8, 20])
def test_the_image_pool_never_invents_copies_or_loses_a_picture_while_it_swaps(size: int):
    for fakes, shown, before, after in through_pool(size, 40):
        if len(before) == size:
            assert len(after) == size
            assert sorted(torch.cat([shown, after]).tolist()) == sorted(torch.cat([fakes, before]).tolist())


def test_the_image_pool_swaps_about_half():
    changed = [shown != fakes for fakes, shown, before, _ in through_pool(20, 300) if len(before) == 20]
    assert torch.cat(changed).float().mean().item() == pytest.approx(0.5, abs=4 * 0.5 / sqrt(2_376))


def test_the_image_pool_keeps_each_kind_of_picture_apart():
    pool = remedy("image_pool", size=2)
    first, second = torch.zeros(2), torch.ones(2)
    for step in range(20):
        draws = Streams(0).all_at("pool", pool.draws(2, ()), step)
        assert torch.equal(pool.fakes("x", first, draws), first)
        assert torch.equal(pool.fakes("y", second, draws), second)
    assert pool.state().keys() == {"x", "y"}


def test_the_generator_does_not_learn_through_the_image_pool(tiny):
    engine = engine_of(tiny("remedies.image_pool.size=4", "update=simultaneous"))
    engine.advance(3)
    assert not engine.state.remedies["image_pool"].state()["pictures"].requires_grad


def test_instance_noise_adds_its_deviation_to_real_and_generated_alike_and_anew_for_each():
    noise = remedy("instance_noise", sigma=0.3)
    duel = duel_of(Linear(torch.ones(1000)), torch.zeros(50, 1000), torch.zeros(50, 1000), instance_noise=noise)
    real, fake = duel.real_output.features, duel.fake_output.features
    for seen in (real, fake):
        assert seen.std().item() == pytest.approx(0.3, rel=4 / sqrt(2 * 50_000))
        assert abs(seen.mean().item()) < 4 * 0.3 / sqrt(50_000)
    assert not torch.equal(real, fake)
    assert torch.equal(duel.output(duel.fake).features, fake)


def test_gradient_normalization_is_the_logit_over_its_slope_plus_its_size():
    w, x = numbers(3), numbers(6, 3, seed=1)
    duel = duel_of(Linear(w), x, x.clone(), gradient_normalization=remedy("gradient_normalization"))
    plain = x @ w
    assert torch.allclose(duel.real_logits, plain / (w.norm() + plain.abs()))


def test_patches_are_normalized_by_the_slope_of_their_mean():
    class Patches(Linear):
        def head(self, features: Tensor, label: Tensor | None = None) -> Tensor:
            whole = super().head(features, label)
            return torch.stack([whole, -0.5 * whole], 1)

    w, x = numbers(3), numbers(6, 3, seed=1)
    duel = duel_of(Patches(w), x, x.clone(), gradient_normalization=remedy("gradient_normalization"))
    mean = 0.25 * (x @ w)
    assert torch.allclose(duel.real_logits.mean(1), mean / (0.25 * w.norm() + mean.abs()))
    assert torch.allclose(duel.real_logits[:, 1], -0.5 * duel.real_logits[:, 0])


def test_gradient_normalized_logits_stay_within_one_and_forget_the_scale_of_the_discriminator(tiny):
    engine = engine_of(tiny("remedies.gradient_normalization=true", "discriminator.activation=softplus"))
    network = engine.state.game.networks["discriminator"]
    x = 100 * numbers(32, 1, 16, 16)
    small = duel_of(network, x, x.clone(), n=engine.state.remedies["gradient_normalization"]).real_logits
    with torch.no_grad():
        network.out.weight.mul_(1000)
    large = duel_of(network, x, x.clone(), n=engine.state.remedies["gradient_normalization"]).real_logits
    assert small.abs().max() <= 1
    assert torch.allclose(small, large, atol=1e-5)


@pytest.mark.parametrize(("share", "kept"), [(0.5, [1, 3, 4]), (1.0, [0, 1, 2, 3, 4, 5]), (0.01, [3])])
def test_top_k_keeps_the_k_highest_with_mean_weight_one(share: float, kept: list[int]):
    weights = remedy("top_k", share=share).weights(torch.tensor([-1.0, 2.0, -3.0, 9.0, 0.5, 0.0]))
    assert weights.nonzero().flatten().tolist() == kept
    assert weights.mean().item() == pytest.approx(1)
    assert len(weights[weights > 0].unique()) == 1


def test_top_k_hands_no_gradient_to_the_others(tiny):
    training_state = engine_of(tiny("remedies.top_k.share=0.25")).state
    inputs = training_state.inputs(0)
    fakes = training_state.generate(inputs)
    fakes["pictures"].retain_grad()
    duels = training_state.duels(inputs, fakes)
    training_state.game.terms("generator", inputs, duels)["objective"].mean().backward()
    taught = fakes["pictures"].grad.flatten(1).abs().sum(1) > 0
    assert taught.nonzero().flatten().tolist() == sorted(duels[0].fake_logits.topk(2).indices.tolist())


def test_r1_of_a_linear_discriminator_is_half_gamma_times_its_squared_slope():
    w = numbers(3)
    term = remedy("r1", gamma=5.0).discriminator_term(duel_of(Linear(w), numbers(4, 3), numbers(4, 3, seed=1)))
    assert torch.allclose(term, 2.5 * w.square().sum().expand(4))


def dirac(objective: str, steps: int, h: float = 0.2, gamma: float | None = None) -> list[float]:
    """Distances from equilibrium: q = δ_θ learns p = δ_0 against D = ψx, both moved at once from θ = 1, ψ = −1
    (Mescheder's (1, 1): his D grows toward the generated side).
    """
    play, r1 = OBJECTIVES[objective].load()(), None if gamma is None else remedy("r1", gamma=gamma)
    judge, theta = Linear(-torch.ones(1)), torch.ones(1, 1, requires_grad=True)
    distances = []
    for _ in range(steps):
        duel = duel_of(judge, torch.zeros(1, 1), theta)
        loss = play.discriminator(duel.real_logits, duel.fake_logits)
        if r1 is not None:
            loss = loss + r1.discriminator_term(duel)
        (of_psi,) = torch.autograd.grad(loss.sum(), judge.weight, retain_graph=True)
        (of_theta,) = torch.autograd.grad(play.generator(duel.real_logits, duel.fake_logits).sum(), theta)
        with torch.no_grad():
            judge.weight -= h * of_psi
            theta -= h * of_theta
            distances.append(torch.cat([judge.weight, theta[0]]).norm().item())
    return distances


def test_without_r1_the_minimax_players_spiral_out_and_the_non_saturating_ones_circle():
    assert dirac("minimax", 500)[-1] == pytest.approx(3.10, abs=0.005)
    assert dirac("non-saturating", 500)[-1] == pytest.approx(0.640, abs=0.005)


@pytest.mark.parametrize("objective", ["minimax", "non-saturating"])
def test_with_r1_they_meet_at_the_rate_that_the_eigenvalues_give(objective: str):
    distances = dirac(objective, 300, gamma=0.3)
    assert distances[-1] < 1e-3
    # eigenvalues −γ/2 ± i√(1/4 − γ²/4): one step of h multiplies by |1 + hλ|
    rate = abs(complex(1 - 0.2 * 0.15, 0.2 * sqrt(1 / 4 - 0.3**2 / 4)))
    assert (distances[299] / distances[199]) ** (1 / 100) == pytest.approx(rate, abs=2e-3)


@pytest.mark.slow
@pytest.mark.parametrize(("h", "meets"), [(1.15, True), (1.25, False)])
def test_with_r1_they_meet_only_while_the_step_is_below_four_gamma(h: float, meets: bool):
    assert (dirac("non-saturating", 400, h=h, gamma=0.3)[-1] < 0.05) == meets


def test_feature_matching_is_nothing_when_the_batches_agree_and_else_the_squared_gap_of_their_means():
    real, fake = numbers(6, 3), numbers(6, 3, seed=1)
    matching = remedy("feature_matching", weight=2.0)
    assert matching.generator_term(duel_of(Linear(torch.ones(3)), real, real.flip(0))).item() == pytest.approx(
        0, abs=1e-12
    )
    term = matching.generator_term(duel_of(Linear(torch.ones(3)), real, fake))
    assert term.item() == pytest.approx(2 * (real.mean(0) - fake.mean(0)).square().sum().item())


def test_feature_matching_pulls_generated_pictures_toward_the_real_mean():
    duel = duel_of(Linear(torch.ones(3)), numbers(6, 3), numbers(6, 3, seed=1))
    remedy("feature_matching").generator_term(duel).backward()
    gap = (duel.fake.mean(0) - duel.real.mean(0)).detach()
    assert torch.allclose(duel.fake.grad, (2 * gap / 6).expand(6, 3))
    assert duel.real.grad is None


def clipped(norm: float) -> tuple[Tensor, Tensor]:
    """A player's whole gradient before and after clipping."""
    weights = [nn.Parameter(torch.zeros(3)), nn.Parameter(torch.zeros(2, 2))]
    player = Player({}, partial(torch.optim.SGD, lr=0.1), torch.tensor(0.1))
    player.parameters = weights
    for i, weight in enumerate(weights):
        weight.grad = numbers(*weight.shape, seed=i)
    whole = torch.cat([weight.grad.flatten() for weight in weights])
    remedy("gradient_clipping", norm=norm).after_backward("generator", player)
    return whole, torch.cat([weight.grad.flatten() for weight in weights])


def test_clipping_bounds_the_norm_of_the_whole_gradient_and_keeps_its_direction():
    before, after = clipped(0.5)
    assert after.norm().item() == pytest.approx(0.5, rel=1e-4)
    assert F.cosine_similarity(before, after, dim=0).item() == pytest.approx(1)


@pytest.mark.parametrize("norm", [100.0, float("inf")])
def test_clipping_lets_a_small_gradient_through_as_it_is(norm: float):
    before, after = clipped(norm)
    assert torch.equal(before, after)


def test_the_moving_average_has_its_closed_form_after_three_steps(tiny):
    engine, d = engine_of(tiny("remedies.ema.decay=0.8", "remedies.ema.warmup=false")), 0.8
    weight = engine.state.game.networks["generator"].out.weight
    passed = [weight.detach().clone()]
    for _ in range(3):
        engine.advance(1)
        passed.append(weight.detach().clone())
    first, *later = passed
    closed = d**3 * first + (1 - d) * sum(d ** (2 - i) * moved for i, moved in enumerate(later))
    assert torch.allclose(engine.state.remedies["ema"].state()["generator.out.weight"], closed, atol=1e-7)


def test_the_moving_average_covers_every_weight_of_the_generator_and_training_does_not_see_it(tiny):
    with_it, without = engine_of(tiny("remedies.ema.warmup=false")), engine_of(tiny())
    with_it.advance(4)
    without.advance(4)
    live = {
        key.removeprefix("generator/weights."): t
        for key, t in without.state.tensors().items()
        if key.startswith("generator/weights.")
    }
    assert with_it.state.remedies["ema"].state().keys() == live.keys()
    assert all(torch.equal(with_it.state.tensors()[f"generator/weights.{key}"], tensor) for key, tensor in live.items())


def test_a_remedy_that_remembers_gives_back_what_it_was_given(tiny):
    experiment = tiny("remedies.ema=true", "remedies.spectral_norm=true", "remedies.image_pool=true")
    old, new = engine_of(experiment), engine_of(experiment)
    old.advance(3)
    for name, memory in old.state.remedies.items():
        state = {key: tensor.clone() for key, tensor in memory.state().items()}
        new.state.remedies[name].restore(state)
        assert state
        assert all(torch.equal(new.state.remedies[name].state()[key], tensor) for key, tensor in state.items())


def test_r2_is_half_gamma_times_the_squared_slope_at_generated_pictures():
    weight = torch.tensor([3.0, -4.0])
    duel = duel_of(Linear(weight), numbers(5, 2), numbers(5, 2, seed=1))
    assert remedy("r2", gamma=0.5).discriminator_term(duel).tolist() == pytest.approx([0.25 * 25] * 5)


def test_r2_looks_at_generated_pictures_and_not_at_real_ones():
    class Square(Linear):
        def head(self, features: Tensor, label: Tensor | None = None) -> Tensor:
            del label
            return features.square().sum(1)

    real, fake = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 3.0]])
    duel = duel_of(Square(torch.zeros(2)), real, fake)
    assert remedy("r2", gamma=1.0).discriminator_term(duel).item() == pytest.approx(0.5 * 36)


def test_the_gradient_penalty_asks_for_a_slope_of_one():
    for weight, penalty in (([3.0, -4.0], 10 * 16), ([0.6, 0.8], 0), ([0.0, 0.5], 10 * 0.25)):
        duel = duel_of(Linear(torch.tensor(weight)), numbers(4, 2), numbers(4, 2, seed=1))
        term = remedy("gradient_penalty", weight=10.0).discriminator_term(duel)
        assert term.tolist() == pytest.approx([penalty] * 4, abs=1e-4)


def test_pictures_that_are_judged_as_one_are_one_point_of_the_gradient_penaltys_line():
    critic = Watched(torch.ones(3))
    duel = duel_of(critic, torch.zeros(90, 1), torch.ones(90, 1), packing=remedy("packing", pictures=3))
    remedy("gradient_penalty").discriminator_term(duel)
    between = critic.seen[-1]
    assert torch.equal(between, between[:, :1].expand(30, 3))
    assert between.unique().numel() == 30


def test_the_gradient_penalty_looks_between_each_real_and_its_generated_picture():
    real, fake = torch.zeros(200, 2), torch.ones(200, 2) * torch.tensor([1.0, 2.0])
    critic = Watched(torch.ones(2))
    remedy("gradient_penalty").discriminator_term(duel_of(critic, real, fake))
    between = critic.seen[-1]
    assert torch.allclose(between[:, 1], 2 * between[:, 0])
    assert between.min() >= 0
    assert between[:, 0].max() <= 1
    assert between[:, 0].mean().item() == pytest.approx(0.5, abs=4 / sqrt(12 * 200))


def test_weight_clipping_bounds_the_discriminators_weights_after_each_of_its_moves_and_no_others(tiny):
    engine = engine_of(tiny("remedies.weight_clipping.bound=0.01", "update.discriminator_steps=3"))
    moved: list[float] = []
    generate = engine.state.game.generate
    discriminator = engine.state.players["discriminator"]

    def generating(inputs):
        moved.append(max(weights.abs().max().item() for weights in discriminator.parameters))
        return generate(inputs)

    engine.state.game.generate = generating
    engine.advance(1)
    assert moved[0] > 0.01
    assert moved[1:] == pytest.approx([0.01] * 3)
    assert max(weights.abs().max().item() for weights in engine.state.players["generator"].parameters) > 0.05


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, entry in REMEDIES.items() if not entry.requires.independent_samples])
def test_a_neutral_remedy_moves_no_statistics_of_batch_norm(tiny, name: str):
    words = ("discriminator=conv", "discriminator.width=4", "generator=conv", "generator.width=4")
    neutral = [f"remedies.{name}.{key}={value}" for key, value in (REMEDIES[name].neutral or {}).items()]
    with_it, without = engine_of(tiny(*words, *neutral)), engine_of(tiny(*words))
    for engine in (with_it, without):
        engine.advance(2)
    state = with_it.state.tensors()
    assert [key for key, tensor in without.state.tensors().items() if not torch.equal(tensor, state[key])] == []


def test_a_pack_is_judged_as_one_and_its_slope_is_that_of_all_its_pictures():
    weight = numbers(2 * 3)
    real, fake = numbers(8, 3), numbers(8, 3, seed=1)
    duel = duel_of(Linear(weight), real, fake, packing=remedy("packing", pictures=2))
    assert torch.equal(duel.real_logits, torch.cat([real[0::2], real[1::2]], 1) @ weight)
    penalty = remedy("r1", gamma=3).discriminator_term(duel)
    assert torch.allclose(penalty, (1.5 * weight.square().sum()).expand(4))
    slope = remedy("gradient_penalty").discriminator_term(duel)
    assert torch.allclose(slope, (10 * (weight.norm() - 1).square()).expand(4))


def test_packed_a_fake_that_drops_modes_is_farther_off_than_one_as_far_that_keeps_them():
    """Lin 2018, §3: both are 0.2 from ten even modes in total variation; one lacks two, the other halves are uneven."""
    laws = {
        "even": torch.full((10,), 0.1),
        "dropping": torch.tensor([0.0] * 2 + [0.125] * 8),
        "uneven": torch.tensor([0.14] * 5 + [0.06] * 5),
    }
    drawn = {name: modes_drawn(law, 400_000) for name, law in laws.items()}

    def apart(fake: str, pictures: int) -> float:
        """Total variation of packs from packs of the even law."""
        packs = [remedy("packing", pictures=pictures).augment(drawn[name], {}) for name in ("even", fake)]
        places = [(rows * 10.0 ** torch.arange(pictures)).sum(1).long() for rows in packs]
        shares = [torch.bincount(rows, minlength=10**pictures) / len(rows) for rows in places]
        return (shares[0] - shares[1]).abs().sum().item() / 2

    assert apart("dropping", 1) == pytest.approx(0.2, abs=0.005)
    assert apart("uneven", 1) == pytest.approx(0.2, abs=0.005)
    assert apart("dropping", 2) == pytest.approx(1 - 0.8**2, abs=0.01)
    assert apart("uneven", 2) < apart("dropping", 2) - 0.05


def modes_drawn(law: Tensor, n: int) -> Tensor:
    """Numbers of modes [n, 1] in those shares."""
    unit = Streams(0).at("modes", uniform(n), 0)
    return torch.searchsorted(law.cumsum(0)[:-1].contiguous(), unit, right=True).float()[:, None]


@pytest.mark.parametrize("name", ["r1", "r2"])
@pytest.mark.parametrize("sigma", [1e-3, 0.5])
def test_of_a_linear_discriminator_differences_are_the_gradient_on_average(name: str, sigma: float):
    w, rows = numbers(3), numbers(40_000, 3)
    term = remedy(name, gamma=5.0, differences=sigma).discriminator_term(duel_of(Linear(w), rows, rows.clone()))
    exact = 2.5 * w.square().sum().item()
    spread = exact * sqrt(2 / len(rows))  # that of the square of a normal number
    assert term.mean().item() == pytest.approx(exact, abs=4 * spread)
    assert term.std().item() == pytest.approx(exact * sqrt(2), rel=0.05)


def test_differences_are_nearly_the_gradient_of_a_network_that_bends(tiny):
    words = ("train.batch=64", "discriminator.activation=softplus", "remedies.r1.gamma=1", "remedies.r2.gamma=1")
    duels = []
    for more in ((), ("remedies.r1.differences=0.01", "remedies.r2.differences=0.01")):
        training_state = engine_of(tiny(*words, *more)).state
        turns = [training_state.inputs(number) for number in range(60)]
        duels.append(
            [
                [remedy.discriminator_term(duel).mean().item() for remedy in training_state.remedies.values()]
                for inputs in turns
                for duel in training_state.duels(inputs, training_state.generate(inputs))
            ]
        )
    exact, stepped = (torch.tensor(found).mean(0) for found in duels)
    assert torch.allclose(exact, stepped, rtol=0.1)  # 60 × 64 random steps: 2.3 % of one deviation


def test_steps_that_bf16_cannot_see_are_refused(tiny):
    fine = ("remedies.r1.differences=0.001",)
    with pytest.raises(SettingsError, match=r"use 0\.01 or more, or engine\.precision=fp32"):
        engine_of(tiny(*fine, "engine.precision=bf16"))
    engine_of(tiny(*fine, "engine.precision=fp32"))
    engine_of(tiny("remedies.r1.differences=0.01", "engine.precision=bf16"))


def test_smoothed_labels_are_the_cross_entropy_with_their_target():
    discriminator, real, fake = Linear(numbers(3)), numbers(5, 3, seed=1), numbers(5, 3, seed=2)
    duel = duel_of(discriminator, real, fake)
    term = remedy("label_smoothing", target=0.7).discriminator_term(duel)
    plain = OBJECTIVES["non-saturating"].load()().discriminator(duel.real_logits, duel.fake_logits)
    expected = F.binary_cross_entropy_with_logits(real @ discriminator.weight, torch.full((5,), 0.7), reduction="none")
    expected = expected + F.binary_cross_entropy_with_logits(
        fake @ discriminator.weight, torch.zeros(5), reduction="none"
    )
    assert torch.allclose(plain + term, expected, atol=1e-6)


def test_with_smoothed_labels_the_best_discriminator_is_alpha_p_over_p_plus_q():
    p, q = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.2, 0.3, 0.5])
    discriminator = Linear(torch.zeros(3))
    smoothing, places = remedy("label_smoothing", target=0.8), torch.eye(3)
    optimizer = torch.optim.LBFGS([discriminator.weight], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        duel = duel_of(discriminator, places.clone(), places.clone())
        real = F.softplus(-duel.real_logits) + smoothing.discriminator_term(duel)
        total = (p * real + q * F.softplus(duel.fake_logits)).sum()
        total.backward()
        return total

    optimizer.step(loss)
    assert torch.allclose(discriminator.weight.sigmoid(), 0.8 * p / (p + q), atol=1e-3)


def test_label_noise_exchanges_its_share_of_each_kind():
    n = 20_000
    discriminator, ones = Linear(torch.ones(1)), torch.ones(n, 1)
    term = remedy("label_noise", share=0.1).discriminator_term(duel_of(discriminator, 3 * ones, 5 * ones))
    values, counts = term.detach().unique(return_counts=True)
    assert values.tolist() == [-5.0, -2.0, 0.0, 3.0]
    both, other = 0.1 * 0.1, 0.1 * 0.9
    for count, share in zip(counts.tolist(), [other, both, 0.81, other], strict=True):
        assert count == pytest.approx(share * n, abs=4 * sqrt(n * share * (1 - share)))


def test_label_noise_that_fades_exchanges_fewer():
    noise, ones = remedy("label_noise", share=0.4), torch.ones(20_000, 1)
    noise.scale = torch.tensor(0.25)
    term = noise.discriminator_term(duel_of(Linear(torch.ones(1)), 3 * ones, 0 * ones))
    assert term.detach().unique().tolist() == [0.0, 3.0]
    assert (term != 0).float().mean().item() == pytest.approx(0.1, abs=4 * sqrt(0.09 / 20_000))


def test_dragan_asks_for_a_slope_of_one_around_real_pictures():
    weight = torch.tensor([3.0, 4.0])
    for at in (numbers(6, 2), 10 + numbers(6, 2)):
        term = remedy("dragan", weight=2).discriminator_term(duel_of(Linear(weight), at, numbers(6, 2, seed=3)))
        assert torch.allclose(term, torch.full((6,), 2 * (5 - 1) ** 2.0))


def test_dragan_looks_half_a_deviation_around_each_real_picture(monkeypatch):
    seen: list[Tensor] = []
    discriminator, real = Linear(torch.ones(2)), 4 * numbers(4_000, 2)
    duel = duel_of(discriminator, real, numbers(4_000, 2, seed=3))
    judge = duel.discriminate
    monkeypatch.setattr(duel, "discriminate", lambda pictures, side: seen.append(pictures) or judge(pictures, side))
    remedy("dragan").discriminator_term(duel)
    (around,) = seen
    assert (around - real).std().item() == pytest.approx(0.5 * 4, rel=0.05)


@pytest.mark.parametrize(("weight", "one_sided", "two_sided"), [(0.5, 0.0, 2.5), (2.0, 10.0, 10.0)])
def test_one_sided_only_slopes_above_one_are_punished(weight: float, one_sided: float, two_sided: float):
    real, fake = numbers(4, 1), numbers(4, 1, seed=1)
    for sided, expected in ((True, one_sided), (False, two_sided)):
        duel = duel_of(Linear(torch.tensor([weight])), real, fake)
        term = remedy("gradient_penalty", one_sided=sided).discriminator_term(duel)
        assert torch.allclose(term, torch.full((4,), expected), atol=1e-5)


def test_the_earlier_lecam_measures_from_the_running_means_of_the_other_kind_before_the_present_batch(tiny):
    words = ("remedies.lecam.one_sided=false", "remedies.lecam.corrected=false")
    engine = engine_of(tiny("remedies.lecam.decay=0.75", *words))
    lecam, network = engine.state.remedies["lecam"], engine.state.game.networks["discriminator"]
    monkey = duel_of(network, *(engine.state.feed.batch(i).real.clone() for i in (0, 1)))
    first = lecam.discriminator_term(monkey)
    real, fake = monkey.real_logits.detach(), monkey.fake_logits.detach()
    assert torch.allclose(first, 0.3 * (real.square() + fake.square()))
    means = torch.stack([real.mean(), fake.mean()])
    assert torch.allclose(lecam.state()["discriminator"], means / 4)
    second = lecam.discriminator_term(monkey)
    assert torch.allclose(second, 0.3 * ((real - means[1] / 4).square() + (fake - means[0] / 4).square()))


@pytest.mark.parametrize("words", [(), ("remedies.lookahead.steps=2",)])
def test_historical_averaging_keeps_the_mean_of_all_weights_and_pulls_toward_it(tiny, words: tuple[str, ...]):
    engine = engine_of(tiny("remedies.historical_averaging.weight=0.5", *words))
    player, held = engine.state.players["generator"], engine.state.remedies["historical_averaging"]
    history = [[one.detach().clone() for one in player.parameters]]
    for _ in range(4):
        engine.advance(1)
        history.append([one.detach().clone() for one in player.parameters])
    for i, weight in enumerate(player.parameters):
        mean = torch.stack([each[i] for each in history]).mean(0)
        assert torch.allclose(held.state()[f"generator.{i}"], mean, atol=1e-6)
        weight.grad = torch.ones_like(weight)
    held.after_backward("generator", player)
    for i, weight in enumerate(player.parameters):
        pulled = 1 + 2 * 0.5 * (weight.detach() - held.state()[f"generator.{i}"])
        assert torch.allclose(weight.grad, pulled, atol=1e-6)


def test_lookahead_leaves_clipped_weights_within_their_bound(tiny):
    engine = engine_of(tiny("remedies.lookahead.steps=2", "remedies.weight_clipping.bound=0.01"))
    for _ in range(4):
        engine.advance(1)
        assert all(one.abs().max() <= 0.01 for one in engine.state.players["discriminator"].parameters)


def test_lookahead_goes_back_half_of_the_way_every_k_steps(tiny):
    with_it, without = engine_of(tiny("remedies.lookahead.steps=3")), engine_of(tiny())
    first = {name: tensor.clone() for name, tensor in without.state.tensors().items()}
    for engine in (with_it, without):
        engine.advance(2)
    weights = [name for name in first if "/weights." in name]
    found, plain = with_it.state.tensors(), without.state.tensors()
    assert all(torch.equal(found[name], plain[name]) for name in weights)
    for engine in (with_it, without):
        engine.advance(1)
    found, plain = with_it.state.tensors(), without.state.tensors()
    assert all(torch.allclose(found[name], (first[name] + plain[name]) / 2, atol=1e-6) for name in weights)


@pytest.mark.parametrize("name", ["label_smoothing", "label_noise"])
def test_remedies_of_probabilities_are_refused_where_there_are_none(tiny, name: str):
    with pytest.raises(SettingsError, match="use objective=minimax or non-saturating"):
        engine_of(tiny("objective=hinge", f"remedies.{name}=true"))


def test_diff_augment_changes_both_kinds_of_picture_and_each_look_anew(tiny):
    engine = engine_of(tiny("remedies.diff_augment=true"))
    seen = engine.state.remedies["diff_augment"]
    real = engine.state.feed.batch(0).real
    draws = [
        Randomness(Streams(0), inputs)("diff_augment", side, seen.draws(len(real), tuple(real.shape[1:])))
        for inputs, side in ((0, "real"), (0, "fake"), (1, "real"))
    ]
    views = [seen.augment(real, each) for each in draws]
    assert all(not torch.equal(view, real) for view in views)
    assert not torch.equal(views[0], views[1])
    assert not torch.equal(views[0], views[2])
    assert torch.equal(views[0], seen.augment(real, draws[0]))


def test_ada_changes_more_while_the_discriminator_is_surer_than_its_target(tiny):
    engine = engine_of(tiny("remedies.ada.pictures=100", "remedies.ada.interval=1"))
    ada, real = engine.state.remedies["ada"], engine.state.feed.batch(0).real
    probability, n = ada.state()["probability"], len(real)
    draws = Streams(0).all_at("ada", ada.draws(n, tuple(real.shape[1:])), 0)
    assert torch.equal(ada.augment(real, draws), real)
    for sign, expected in ((1.0, n / 100), (1.0, 2 * n / 100), (-1.0, n / 100), (-1.0, 0.0), (-1.0, 0.0)):
        bias = Linear(torch.full((1,), sign))
        before, seen = probability.item(), ada.augment(real, draws)
        ada.discriminator_term(duel_of(bias, torch.ones(n, 1), torch.ones(n, 1)))
        assert probability.item() == before  # a second look in this turn is by the same changes
        assert torch.equal(ada.augment(real, draws), seen)
        ada.after_step(engine.state.players)
        assert probability.item() == pytest.approx(expected)
    probability.fill_(1)
    always = remedy("diff_augment")
    assert torch.equal(ada.augment(real, draws), always.augment(real, draws))


def test_consistency_is_the_squared_change_where_pictures_move(tiny):
    engine = engine_of(tiny("remedies.consistency.real=2", "remedies.consistency.fake=3"))
    held, training_state = engine.state.remedies["consistency"], engine.state
    inputs = training_state.inputs(0)
    (duel,) = training_state.duels(inputs, training_state.generate(inputs))
    moved = []
    for side, pictures in (("real", duel.real), ("fake", duel.fake)):
        places = duel.randomness("consistency", side, {"places": uniform(len(pictures), 2)})["places"]
        moved.append(duel.discriminate(translated(pictures, places, 0.125, padding="reflect"), side))
    expected = 2 * (duel.real_logits - moved[0]).square() + 3 * (duel.fake_logits - moved[1]).square()
    assert expected.min() > 0
    assert torch.allclose(held.discriminator_term(duel), expected)


def test_two_pictures_that_are_shown_as_one_change_alike_and_keep_their_own_colours():
    seen = remedy("diff_augment", contrast=0.0, brightness=0.0)
    one, other = torch.rand(2, 5, 1, 16, 16)
    draws = Streams(0).all_at("diff_augment", seen.draws(5, (2, 16, 16)), 0)
    together = seen.augment(torch.cat([one, other], 1), draws)
    assert torch.equal(together, torch.cat([seen.augment(one, draws), seen.augment(other, draws)], 1))


@pytest.mark.parametrize("name", ["diff_augment", "ada", "consistency"])
def test_changes_of_pictures_are_refused_for_points(tiny, name: str):
    with pytest.raises(SettingsError, match=r"use remedies\.instance_noise"):
        engine_of(tiny("data=ring", "data.count=0", "generator.output=linear", f"remedies.{name}=true"))
