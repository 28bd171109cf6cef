"""What is measured of each layer, against the gradients and weights themselves."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

import ganarium
from ganarium.core.errors import DivergedError
from ganarium.data.load import load_data
from ganarium.runs.directory import Run
from ganarium.training.build import assemble, update_rule
from ganarium.training.engine import Engine
from ganarium.training.measurements import layers, lead, logits_are_finite
from ganarium.training.player import weights_of

CPU = torch.device("cpu")


def engine_of(experiment) -> Engine:
    state = assemble(experiment, load_data(experiment.data), CPU)
    return Engine(experiment, state, update_rule(experiment))


@pytest.mark.parametrize(
    "words", [(), ("remedies.spectral_norm=true",), ("game=auxiliary", "discriminator.norm=batch")]
)
def test_every_weight_is_in_one_layer_and_all_layers_together_are_the_whole(tiny, words):
    engine = engine_of(tiny("optim=sgd", *words))
    engine.advance(3)
    found = layers(engine)
    assert found.step == 3
    assert found.gradients.keys() == found.moves.keys()
    assert not any("parametrizations" in name for name in found.gradients)
    slopes = [w.grad for player in engine.state.players.values() for w in player.parameters if w.grad is not None]
    whole = torch.stack([slope.norm() for slope in slopes]).norm().item()
    assert sum(norm**2 for norm in found.gradients.values()) ** 0.5 == pytest.approx(whole, rel=1e-4)


def test_each_weight_has_the_name_that_it_has_without_a_remedy(tiny):
    engine = engine_of(tiny("remedies.spectral_norm=true", "discriminator.batch_features=discrimination"))
    for player in engine.state.players.values():
        held = {
            f"{of}.{key}": one for of, network in player.networks.items() for key, one in weights_of(network).items()
        }
        for name, one in zip(player.names, player.parameters, strict=True):
            assert held[name].data_ptr() == one.data_ptr(), name


def test_gradient_descent_moves_each_layer_by_its_rate_times_its_gradient(tiny):
    engine = engine_of(tiny("optim=sgd", "optim.lr=0.01"))
    engine.advance(5)
    found = layers(engine)
    network = engine.state.players["generator"].networks["generator"]
    for name, norm in found.gradients.items():
        if name.startswith("generator."):
            weights = [p.detach() for p in network.get_submodule(name.removeprefix("generator.")).parameters()]
            size = torch.stack([w.norm() for w in weights]).norm().item()
            assert found.moves[name] == pytest.approx(0.01 * norm / size, rel=0.05)


def test_what_a_layer_is_told_and_how_it_moves_does_not_depend_on_how_steps_are_asked_for(tiny):
    interruptible, one_by_one = engine_of(tiny()), engine_of(tiny())
    interruptible.advance(6)
    for _ in range(6):
        one_by_one.advance(1)
    assert layers(interruptible) == layers(one_by_one)


def test_the_lead_counts_pairs_and_half_of_the_ties(tiny):
    engine = engine_of(tiny())
    engine.advance(1)
    assert engine.last is not None
    real, fake = engine.last.real, engine.last.fake
    pairs = (real[:, None] > fake).double() + 0.5 * (real[:, None] == fake).double()
    assert lead(engine)["judged.lead"] == pytest.approx(pairs.mean().item())


def test_infinite_logits_are_seen_although_their_losses_may_be_finite(tiny):
    engine = engine_of(tiny())
    engine.advance(1)
    assert logits_are_finite(engine)
    for side in ("real", "fake"):
        overflown = replace(engine.last, **{side: torch.full((8,), torch.inf)})
        sound, engine.last = engine.last, overflown
        assert not logits_are_finite(engine)
        engine.last = sound


@pytest.mark.slow
def test_a_run_whose_logits_overflow_ends_as_diverged(tmp_path: Path):
    words = ("optim=sgd", "optim.momentum=0.9", "optim.lr=0.1", "remedies.r1=none", "remedies.ema=none", "seed=10")
    networks = ("generator.hidden=[128, 128]", "discriminator.hidden=[128, 128]", "train.batch=128")
    engine = ("engine.kernels=default", "engine.threads=1", "record.sample_every=0")
    with pytest.raises(DivergedError, match="not finite"):
        ganarium.train("grid", *words, *networks, *engine, steps=200, out=tmp_path / "run")
    assert Run.open(tmp_path / "run").events()[-1].event.reason == "diverged"
