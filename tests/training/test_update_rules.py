"""Update rules and what damps them, on the bilinear game: a critic w·x against a generator that makes θ of nothing.

The critic descends wθ and the generator −wθ, from w = θ = 1; the distance from (0, 0) has a closed form under each.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from math import sqrt
from types import MappingProxyType

import pytest
import torch
from torch import Tensor, nn

from ganarium.config.objectives import OBJECTIVES
from ganarium.config.remedies import REMEDIES
from ganarium.config.updates import UPDATES
from ganarium.core.random_streams import Streams
from ganarium.data.batches import Batch
from ganarium.networks.base import NO_DRAWS, Discriminator, Draws, Network, Subject
from ganarium.training.duel import Duel
from ganarium.training.games.base import Fakes, Game, Terms, UpdateInputs, adversarial
from ganarium.training.player import Player, Side
from ganarium.training.remedies.base import Remedy
from ganarium.training.state import TrainingState

ETA, STEPS, UNROLLED = 0.1, 200, 3
SETTINGS = {"unrolled": {"steps": UNROLLED, "lr": ETA}}


class Critic(Discriminator):
    def __init__(self) -> None:
        super().__init__(Subject((1,)))
        self.weight = nn.Parameter(torch.ones(1, dtype=torch.float64))

    def features(self, pictures: Tensor, label: Tensor | None = None, draws: Draws = NO_DRAWS) -> Tensor:
        del label, draws
        return pictures

    def head(self, features: Tensor, label: Tensor | None = None) -> Tensor:
        del label
        return features.double() @ self.weight


class Point(Network):
    def __init__(self) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.ones(1, 1, dtype=torch.float64))


class Single:
    """A feed of one real picture."""

    def __init__(self, real: float = 0.0) -> None:
        self.real = torch.tensor([[real]], dtype=torch.float64)

    def batch(self, number: int) -> Batch:
        del number
        return Batch(self.real, None)


class Bilinear(Game):
    @staticmethod
    def subjects(settings: object, shape: tuple[int, ...], classes: int) -> Mapping[str, Subject]:
        raise NotImplementedError

    def generate(self, inputs: UpdateInputs) -> Fakes:
        del inputs
        return {"pictures": self.networks["generator"].theta * 1}

    def duels(self, inputs: UpdateInputs, fakes: Fakes, remedies: Mapping[str, Remedy]) -> Sequence[Duel]:
        critic, made = self.networks["discriminator"], fakes["pictures"]
        return [Duel(critic, remedies, inputs.randomness, inputs.batch.real, made, None, inputs.latents)]

    def terms(self, side: Side, inputs: UpdateInputs, duels: Sequence[Duel]) -> Terms:
        del inputs
        return {"objective": adversarial(side, self.objective, duels[0])}


class Cooperative(Bilinear):
    """Both players want wθ to be 3."""

    def terms(self, side: Side, inputs: UpdateInputs, duels: Sequence[Duel]) -> Terms:
        objective = super().terms(side, inputs, duels)["objective"]
        return {"objective": 0 * objective, "code": (duels[0].fake_logits - 3).square()}


def match_of(
    objective: str, feed: Single, remedies: Mapping[str, Remedy] = MappingProxyType({}), kind: type[Game] = Bilinear
) -> TrainingState:
    """From (1, 1), by plain gradients."""
    networks = {"generator": Point(), "discriminator": Critic()}
    lr = torch.tensor(ETA, dtype=torch.float64)
    players = {side: Player({side: network}, partial(torch.optim.SGD, lr=lr), lr) for side, network in networks.items()}
    for each in remedies.values():
        each.prepare(players)
    game = kind(None, networks, OBJECTIVES[objective].load()())
    return TrainingState(game, players, remedies, feed, Streams(0), 1, shared_latents=True)


def weights_of(state: TrainingState) -> Tensor:
    """(θ, w)."""
    return torch.cat([each.flatten() for player in state.players.values() for each in player.parameters]).detach()


def distance(update: str, steps: int = STEPS, **remedies: Mapping[str, float]) -> float:
    """From (0, 0), after so many steps."""
    used = {name: REMEDIES[name].load()(REMEDIES[name].settings(**given)) for name, given in remedies.items()}
    state = match_of("wasserstein", Single(), used)
    rule = UPDATES[update].load()(UPDATES[update].settings(**SETTINGS.get(update, {})))
    for step in range(steps):
        rule(state, step)
    return weights_of(state).norm().item()


def test_simultaneous_updates_spiral_out_and_alternating_ones_circle():
    assert distance("simultaneous") == pytest.approx(sqrt(2) * (1 + ETA**2) ** (STEPS / 2))
    assert 1 < distance("alternating") < 2


def test_extragradient_comes_in_at_its_rate():
    assert distance("extragradient") == pytest.approx(sqrt(2) * (1 - ETA**2 + ETA**4) ** (STEPS / 2))


@pytest.mark.slow
def test_unrolling_adds_the_slope_through_the_steps_ahead():
    w, theta = 1.0, 1.0
    for _ in range(STEPS):  # the generator's loss is −(w − kηθ)θ
        w, theta = w - ETA * theta, theta + ETA * (w - 2 * UNROLLED * ETA * theta)
    assert distance("unrolled") == pytest.approx(sqrt(w**2 + theta**2))
    assert distance("unrolled") < 0.01


@pytest.mark.parametrize("objective", ["minimax", "wasserstein", "f-divergence"])
def test_unrolling_descends_the_value_of_the_game_at_the_weights_ahead(objective: str):
    """Real pictures do not know the generator, but the discriminator that judges them is a few steps on."""
    real, loss = 0.7, OBJECTIVES[objective].load()().discriminator

    def value(theta: Tensor) -> Tensor:
        w = torch.ones((), dtype=torch.float64, requires_grad=True)
        for _ in range(UNROLLED):
            (slope,) = torch.autograd.grad(loss(w * real, w * theta), w, create_graph=True)
            w = w - ETA * slope
        return -loss(w * real, w * theta)

    state = match_of(objective, Single(real))
    UPDATES["unrolled"].load()(UPDATES["unrolled"].settings(**SETTINGS["unrolled"]))(state, 0)
    near = torch.tensor([1 + 1e-6, 1 - 1e-6], dtype=torch.float64)
    above, below = (value(theta) for theta in near)
    assert weights_of(state)[0] == pytest.approx(1 - ETA * ((above - below) / 2e-6).item(), abs=1e-8)


def test_unrolling_descends_what_both_players_descend():
    def loss(theta: Tensor) -> Tensor:
        w = torch.ones((), dtype=torch.float64, requires_grad=True)
        for _ in range(UNROLLED):
            (slope,) = torch.autograd.grad((w * theta - 3).square(), w, create_graph=True)
            w = w - ETA * slope
        return (w * theta - 3).square()

    state = match_of("wasserstein", Single(), kind=Cooperative)
    UPDATES["unrolled"].load()(UPDATES["unrolled"].settings(**SETTINGS["unrolled"]))(state, 0)
    above, below = (loss(theta) for theta in torch.tensor([1 + 1e-6, 1 - 1e-6], dtype=torch.float64))
    assert weights_of(state)[0] == pytest.approx(1 - ETA * ((above - below) / 2e-6).item(), abs=1e-8)


def test_optimism_comes_in_at_the_rate_of_its_recurrence():
    z, last = complex(1, 1), None  # w + iθ: the field is −θ + iw, which is i times z
    for _ in range(STEPS):
        step = 1j * ETA * z
        z, last = z + 2 * step - (step if last is None else last), step
    assert distance("simultaneous", optimism={}) == pytest.approx(abs(z))
    assert abs(z) == pytest.approx(0.5176, abs=0.003)


@pytest.mark.parametrize(("k", "alpha"), [(5, 0.5), (10, 0.2)])
def test_lookahead_comes_in_at_its_rate(k: int, alpha: float):
    rate = abs(1 - alpha + alpha * (1 + 1j * ETA) ** k)
    found = distance("simultaneous", lookahead={"steps": k, "share": alpha})
    assert found == pytest.approx(sqrt(2) * rate ** (STEPS / k), rel=1e-6)


def test_historical_averaging_comes_in_where_plain_updates_do_not():
    assert distance("simultaneous", historical_averaging={"weight": 0.2}) < 0.5


def test_historical_averaging_pulls_from_where_extragradient_looks():
    z = mean = complex(1, 1)
    for step in range(1, STEPS + 1):
        ahead = z + ETA * (1j * z - 0.4 * (z - mean))
        z += ETA * (1j * ahead - 0.4 * (ahead - mean))
        mean += (z - mean) / (step + 1)
    assert distance("extragradient", historical_averaging={"weight": 0.2}) == pytest.approx(abs(z))
