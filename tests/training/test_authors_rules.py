"""Rules of the authors' code, written once more apart from ours, and what earlier runs keep in their place."""

from collections.abc import Sequence
from math import comb, sqrt

import numpy as np
import pytest
import torch
from torch import Tensor

from ganarium.config.overrides import experiment_from, plain
from ganarium.data.load import load_data
from ganarium.training.build import assemble, update_rule
from ganarium.training.duel import Duel
from ganarium.training.engine import Engine
from ganarium.training.remedies.adaptive_strength import AdaptiveStrength

ADAPTIVE = {"ada": "probability", "diffusion": "share"}


def engine_of(experiment, state: dict[str, Tensor] | None = None, step: int = 0) -> Engine:
    training_state = assemble(experiment, load_data(experiment.data), torch.device("cpu"), state)
    return Engine(experiment, training_state, update_rule(experiment), step)


def duel_with(engine: Engine, real: Sequence[float], fake: Sequence[float]) -> Duel:
    """A duel in which images have these logits."""
    inputs = engine.state.inputs(0)
    (duel,) = engine.state.duels(inputs, engine.state.generate(inputs))
    for side, logits in (("real", real), ("fake", fake)):
        verdict = type("Given", (), {"logits": torch.tensor(logits).float()})
        duel.__dict__[f"{side}_output"] = verdict
    return duel


def batches_of_logits(count: int, n: int = 8, seed: int = 0) -> list[list[float]]:
    """Batches whose mean sign is now above 0.6 and now below."""
    generator = np.random.default_rng(seed)
    return [(generator.random(n) - 0.2).tolist() for _ in range(count)]


def authors_p(batches: list[list[float]], interval: int, kimg: float, target: float = 0.6) -> list[float]:
    """p after each batch: every `interval` of them it moves by the sign of the mean of their signs
    (stylegan2-ada-pytorch, training_loop.py), within 0 and 1 as in Diffusion-GAN's.
    """
    p, found, signs = 0.0, [], []
    for number, batch in enumerate(batches, 1):
        signs += np.sign(batch).tolist()
        if number % interval == 0:
            adjust = np.sign(np.mean(signs) - target) * (len(batch) * interval) / (kimg * 1000)
            p, signs = min(max(p + adjust, 0), 1), []
        found.append(p)
    return found


@pytest.mark.parametrize("name", ADAPTIVE)
@pytest.mark.parametrize("interval", [1, 4, 5])
def test_p_moves_every_few_batches_by_the_mean_of_their_signs(tiny, name: str, interval: int):
    words = () if interval == 4 else (f"remedies.{name}.interval={interval}",)
    engine = engine_of(tiny(f"remedies.{name}.pictures=400", *words))
    held, batches, found = engine.state.remedies[name], batches_of_logits(60), []
    for batch in batches:
        held.discriminator_term(duel_with(engine, batch, batch))
        held.after_step(engine.state.players)
        found.append(held.state()[ADAPTIVE[name]].item())
    expected = authors_p(batches, interval, 0.4)
    assert len({round(p, 3) for p in expected}) > 3
    assert any(np.diff(expected) < 0)
    assert found == pytest.approx(expected, abs=1e-6)


def expected_sign(n: int, mean_sign: float) -> float:
    """P(above) − P(below) the target 0.6, of the mean of n independent signs."""
    share = (1 + mean_sign) / 2
    law = [comb(n, above) * share**above * (1 - share) ** (n - above) for above in range(n + 1)]
    return sum(p * np.sign((2 * above - n) / n - 0.6) for above, p in enumerate(law))


def test_near_the_target_four_batches_keep_the_pace_that_one_batch_loses_to_noise(tiny):
    assert expected_sign(64, 0.65) == pytest.approx(0.352, abs=5e-4)
    assert expected_sign(4 * 64, 0.65) == pytest.approx(0.728, abs=5e-4)
    engine = engine_of(tiny("train.batch=64"))
    logits = torch.tensor(np.random.default_rng(1).random((2_000, 64)) - 0.175).float()
    duel = duel_with(engine, [0.0] * 64, [0.0] * 64)
    for interval in (1, 4):
        dial = AdaptiveStrength(0.6, 2 * len(logits) * 64, interval)
        dial.reset(torch.device("cpu"))
        for batch in logits:
            duel.real_output.logits = batch
            dial.count(duel)
            dial.update()
        noise = sqrt(interval / len(logits))
        assert 2 * dial.value.item() == pytest.approx(expected_sign(64 * interval, 0.65), abs=3 * noise)


@pytest.mark.parametrize("name", ADAPTIVE)
def test_a_run_of_earlier_rules_can_go_on_with_the_signs_of_several_batches(tiny, name: str):
    earlier = engine_of(tiny(f"remedies.{name}.interval=1", f"remedies.{name}.pictures=100"))
    earlier.advance(5)
    state = {key: tensor.clone() for key, tensor in earlier.state.tensors().items()}
    assert [key for key in state if key.startswith("remedies/")] == [f"remedies/{name}/{ADAPTIVE[name]}"]
    later = engine_of(tiny(f"remedies.{name}.pictures=100"), state, 5)
    assert later.state.remedies[name].state()[ADAPTIVE[name]] == state[f"remedies/{name}/{ADAPTIVE[name]}"]
    later.advance(5)


@pytest.mark.parametrize("name", ADAPTIVE)
def test_p_still_moves_in_a_fork_with_a_shorter_interval(tiny, name: str):
    longer = engine_of(tiny(f"remedies.{name}.interval=8", f"remedies.{name}.pictures=100"))
    longer.advance(6)  # batches are counted, and more than the new interval has
    state = {key: tensor.clone() for key, tensor in longer.state.tensors().items()}
    shorter = engine_of(tiny(f"remedies.{name}.interval=4", f"remedies.{name}.pictures=100"), state, 6)
    held, batch = shorter.state.remedies[name], [1.0] * 8
    for _ in range(5):
        held.discriminator_term(duel_with(shorter, batch, batch))
        held.after_step(shorter.state.players)
    assert held.state()[ADAPTIVE[name]] > 0


def authors_lecam(real: list[list[float]], fake: list[list[float]], weight: float, decay: float) -> list[float]:
    """The mean penalty at each look (lecam-gan, stylegan2/lecam_loss.py: zero-debiased means of the present too)."""
    sums, found = np.zeros(2), []
    for look, (of_real, of_fake) in enumerate(zip(real, fake, strict=True), 1):
        sums = decay * sums + (1 - decay) * np.array([np.mean(of_real), np.mean(of_fake)])
        mean_real, mean_fake = sums / (1 - decay**look)
        above = np.maximum(np.array(of_real) - mean_fake, 0)
        below = np.maximum(mean_real - np.array(of_fake), 0)
        found.append(weight * ((above**2).mean() + (below**2).mean()))
    return found


def test_lecam_is_the_authors_code(tiny):
    engine = engine_of(tiny("remedies.lecam.decay=0.9"))
    held = engine.state.remedies["lecam"]
    real, fake = batches_of_logits(20, seed=2), batches_of_logits(20, seed=3)
    fake = [[2 * logit - 0.4 for logit in batch] for batch in fake]
    found = [held.discriminator_term(duel_with(engine, *pair)).mean().item() for pair in zip(real, fake, strict=True)]
    assert found == pytest.approx(authors_lecam(real, fake, 0.3, 0.9), rel=1e-4)


def test_lecam_measures_from_the_logits_themselves_at_its_first_look(tiny):
    engine = engine_of(tiny("remedies.lecam=true"))
    duel = duel_with(engine, [5.0] * 8, [3.0] * 8)
    term = engine.state.remedies["lecam"].discriminator_term(duel)
    assert term.tolist() == pytest.approx([0.3 * (4 + 4)] * 8, rel=1e-4)


def test_a_run_of_earlier_rules_needs_no_correction_of_its_lecam_means(tiny):
    words = ("remedies.lecam.one_sided=false", "remedies.lecam.corrected=false", "remedies.lecam.decay=0.5")
    earlier = engine_of(tiny(*words))
    earlier.advance(8)
    state = {key: tensor.clone() for key, tensor in earlier.state.tensors().items()}
    later = engine_of(tiny("remedies.lecam.decay=0.5"), state, 8).state.remedies["lecam"]
    means = state["remedies/lecam/discriminator"]
    assert torch.equal(later.state()["discriminator"], means)
    duel = duel_with(engine_of(tiny()), [2.0] * 8, [-1.0] * 8)
    duel.discriminator = next(iter(later._names))
    real, fake = (means + torch.tensor([2.0, -1.0])).div(2).tolist()
    expected = 0.3 * (max(2 - fake, 0) ** 2 + max(real + 1, 0) ** 2)
    assert later.discriminator_term(duel).tolist() == pytest.approx([expected] * 8, rel=1e-5)


EARLIER = {
    "remedies.ada": {"interval": 1, "law": "earlier"},
    "remedies.diffusion": {"interval": 1},
    "remedies.diff_augment": {"law": "earlier"},
    "remedies.consistency": {"padding": "zero", "law": "earlier"},
    "remedies.lecam": {"one_sided": False, "corrected": False},
    "discriminator": {"batch_features_group": 0},
    "generator": {"resampling": "shifted"},
}


@pytest.mark.parametrize("part", EARLIER)
def test_a_run_that_was_recorded_before_keeps_its_rule_and_a_new_one_has_the_authors(tiny, part: str):
    words = {"generator": "generator=residual"}.get(part, f"{part}=true" if "." in part else "discriminator=dense")
    experiment = tiny(words)
    written = plain(experiment)
    settings = written
    for name in part.split("."):
        settings = settings[name]
    authors = {key: settings.pop(key) for key in EARLIER[part]}
    assert all(authors[key] != value for key, value in EARLIER[part].items())
    assert experiment_from(written) == experiment
    found = plain(experiment_from(written, recorded=True))
    for name in part.split("."):
        found = found[name]
    assert {key: found[key] for key in EARLIER[part]} == EARLIER[part]


@pytest.mark.parametrize("name", ["generator", "discriminator"])
def test_residual_players_recorded_before_are_built_with_the_kernel_they_had(tiny, name: str):
    written = plain(tiny("generator=residual", "discriminator=residual"))
    del written[name]["resampling"]
    networks = engine_of(experiment_from(written, recorded=True)).state.game.networks
    kinds = {layer.resampling for layer in networks[name].modules() if hasattr(layer, "resampling")}
    assert kinds == {"shifted"}
