"""Strengths that change as a run goes on, by schedule, by turns, by how sure a discriminator is; what is doubted."""

import logging
from math import log, sqrt

import pytest
import torch
from torch import Tensor

from ganarium.config.base import ScheduledConfig
from ganarium.config.remedies import REMEDIES
from ganarium.config.remedies.related_settings import CHOICES, Choice
from ganarium.core.errors import SettingsError
from ganarium.core.random_streams import Streams
from ganarium.data.load import load_data
from ganarium.training.build import assemble, update_rule
from ganarium.training.create import resolved
from ganarium.training.duel import Duel
from ganarium.training.engine import Engine
from ganarium.training.warnings import warnings_for

SIDES = ("discriminator", "generator")
SCHEDULED = [name for name, entry in REMEDIES.items() if issubclass(entry.settings, ScheduledConfig)]


def engine_of(experiment) -> Engine:
    state = assemble(experiment, load_data(experiment.data), torch.device("cpu"))
    return Engine(experiment, state, update_rule(experiment))


def duel_in(engine: Engine, number: int = 0) -> Duel:
    inputs = engine.state.inputs(number)
    (duel,) = engine.state.duels(inputs, engine.state.generate(inputs))
    return duel


@pytest.mark.slow
@pytest.mark.parametrize("name", SCHEDULED)
def test_a_strength_goes_to_its_end_and_stays_and_at_the_end_of_nothing_is_no_remedy(tiny, name: str):
    words = (f"remedies.{name}.schedule=linear", "train.horizon=4", "train.steps=8")
    engine = engine_of(tiny(*words, f"remedies.{name}.final=0.5"))
    levels = []
    for _ in range(8):
        engine.advance(1)
        levels.append(engine.state.remedies[name].scale.item())
    assert levels == [1, 0.875, 0.75, 0.625, 0.5, 0.5, 0.5, 0.5]

    gone, never = engine_of(tiny(*words)), engine_of(tiny("train.horizon=4", "train.steps=8"))
    gone.step = never.step = 4
    for each in (gone, never):
        each.advance(3)
    for side, player in never.state.players.items():
        for ours, theirs in zip(player.parameters, gone.state.players[side].parameters, strict=True):
            assert torch.allclose(ours, theirs, rtol=0, atol=1e-7)


@pytest.mark.parametrize("name", ["label_smoothing", "r1", "feature_matching", "latent_consistency"])
def test_at_half_its_strength_a_remedy_adds_half_as_much(tiny, name: str):
    engine = engine_of(tiny(f"remedies.{name}=true", f"remedies.{name}.schedule=linear", "train.steps=4"))
    remedy = engine.state.remedies[name]
    added = []
    for level in (1.0, 0.5):
        remedy.scale.fill_(level)
        inputs = engine.state.inputs(0)
        duels = engine.state.duels(inputs, engine.state.generate(inputs))
        added += [sum(engine.state.backward(side, inputs, duels, keep=True).get(f"{side}.{name}", 0) for side in SIDES)]
    assert added[0].abs() > 1e-6
    assert added[1].item() == pytest.approx(added[0].item() / 2, rel=1e-5)


@pytest.mark.parametrize(
    ("words", "most"),
    [
        ("spectral_norm.strength=0.5", "2"),
        ("gradient_normalization.strength=1", "1"),
        ("label_noise.share=0.1", "5"),
        ("label_smoothing.target=0.8", "5"),
        ("top_k.share=0.75", "4"),
        ("diff_augment.share=0.25", "4"),
    ],
)
def test_a_strength_does_not_grow_beyond_what_it_can_be(tiny, words: str, most: str):
    name = words.partition(".")[0]
    scheduled = (f"remedies.{words}", f"remedies.{name}.schedule=linear")
    tiny(*scheduled, f"remedies.{name}.final={most}")
    with pytest.raises(SettingsError, match=rf"final.*use at most {most}"):
        tiny(*scheduled, f"remedies.{name}.final={float(most) * 1.1}")


@pytest.mark.parametrize("word", ["final=0.1", "schedule_start=0.5", "schedule_end=0.5"])
def test_an_end_without_a_way_there_is_refused(tiny, word: str):
    with pytest.raises(SettingsError, match=f"{word} needs a schedule; add schedule=linear or schedule=cosine"):
        tiny(f"remedies.r1.{word}")


WINDOWS = {
    "schedule_start=0.5 {}.schedule_end=0.5": r"schedule_start=0\.5 is not before schedule_end=0\.5",
    "schedule_end=0 {}.final=0.1": r"schedule_end=0:.*greater than 0",
    "schedule_end=1.5 {}.final=0.1": r"schedule_end=1\.5:.*less than or equal to 1",
    "schedule_start=-0.1 {}.final=0.1": r"schedule_start=-0\.1:.*greater than or equal to 0",
    "schedule_start=1 {}.final=0.1": r"schedule_start=1:.*less than 1",
    "schedule_start=nan {}.final=0.1": r"schedule_start=nan",
}


@pytest.mark.parametrize("part", ["optim", "remedies.r1"])
@pytest.mark.parametrize("words", WINDOWS)
def test_a_window_that_is_empty_or_outside_the_training_is_refused(tiny, part: str, words: str):
    with pytest.raises(SettingsError, match=WINDOWS[words]):
        tiny(f"{part}.schedule=linear", *f"{part}.{words}".format(part).split())


def test_a_strength_changes_only_within_its_window(tiny):
    words = ("schedule=linear", "final=3", "schedule_start=0.25", "schedule_end=0.75")
    engine = engine_of(tiny(*(f"remedies.r1.{word}" for word in words), "train.horizon=8", "train.steps=20"))
    levels = []
    for _ in range(10):
        engine.advance(1)
        levels.append(engine.state.remedies["r1"].scale.item())
    assert levels == [1, 1, 1, 1.5, 2, 2.5, 3, 3, 3, 3]


TOGETHER = {
    "image_pool=true remedies.latent_consistency=true": "exclude each other",
    "label_smoothing=true remedies.label_noise=true": "exclude each other",
    "r1.every=4 update=extragradient": "every=1 or update=alternating",
    "r2.every=4 update=adaptive": "every=1 or update=alternating",
    "packing.pictures=8 discriminator.norm=batch game.conditional=false": "use a larger batch",
}


@pytest.mark.parametrize("words", TOGETHER)
def test_what_spoils_each_other_is_refused_with_the_reason(tiny, words: str):
    with pytest.raises(SettingsError, match=TOGETHER[words]):
        engine_of(tiny(*f"remedies.{words}".split()))


def test_a_schedule_needs_to_know_its_end(tiny):
    with pytest.raises(SettingsError, match=r"remedies\.r1\.schedule=cosine needs a horizon"):
        tiny("remedies.r1.schedule=cosine", "train.steps=none", "train.seconds=3")


@pytest.mark.parametrize("name", ["r1", "r2"])
def test_a_lazy_penalty_is_due_every_few_updates_at_as_many_times_its_weight(tiny, name: str):
    always, lazy = (engine_of(tiny(f"remedies.{name}.every={every}")) for every in (1, 3))
    for number in range(7):
        now, then = (each.state.remedies[name].discriminator_term(duel_in(each, number)) for each in (always, lazy))
        if number % 3:
            assert then.item() == 0
        else:
            assert torch.allclose(then, 3 * now)
            assert now.max() > 0


def sure(engine: Engine, sign: float) -> Duel:
    """A duel in which all real pictures are judged alike."""
    duel = duel_in(engine)
    duel.__dict__["real_output"] = type("Sure", (), {"logits": torch.full((len(duel.real),), sign)})
    return duel


def diffused(engine: Engine, number: int) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    real = engine.state.feed.batch(0).real
    remedy = engine.state.remedies["diffusion"]
    draws = Streams(0).all_at("diffusion", remedy.draws(len(real), tuple(real.shape[1:])), number)
    return real, remedy.augment(real, draws), draws


def test_diffusion_is_the_chains_own_law(tiny):
    words = ("train.batch=64", "remedies.diffusion.shortest=0", "remedies.diffusion.longest=9")
    words = (*words, "remedies.diffusion.interval=1")
    engine = engine_of(tiny(*words, "remedies.diffusion.sigma=0.5", "remedies.diffusion.pictures=64"))
    real, seen, _ = diffused(engine, 0)
    assert torch.equal(seen, real), "a chain of no steps"
    engine.state.remedies["diffusion"].discriminator_term(sure(engine, 1.0))
    engine.state.end_step()
    real, seen, draws = diffused(engine, 0)
    kept = 1.0
    chain = [kept] + [kept := kept * (1 - (1e-4 + (0.02 - 1e-4) * t / 8)) for t in range(9)]
    for x, y, far, noise in zip(real, seen, draws["far"], draws["noise"], strict=True):
        t = max(0, -int(-9 * (2 * far.item() - 1) // 1))
        assert torch.allclose(y, sqrt(chain[t]) * x + sqrt(1 - chain[t]) * 0.5 * noise, atol=1e-6)
    whole = sum(torch.equal(x, y) for x, y in zip(real, seen, strict=True))
    assert whole == (draws["far"] <= 0.5).sum(), "half of them, by chance"


def test_diffusion_goes_further_while_the_discriminator_is_sure_and_comes_back(tiny):
    engine = engine_of(tiny("train.batch=8", "remedies.diffusion.pictures=16", "remedies.diffusion.interval=1"))
    held = engine.state.remedies["diffusion"]
    shares = []
    for sign in (1.0, 1.0, 1.0, -1.0, -1.0, -1.0):
        held.discriminator_term(sure(engine, sign))
        held.after_step(engine.state.players)
        shares.append(held.state()["share"].item())
    assert shares == [0.5, 1, 1, 0.5, 0, 0]


@pytest.mark.parametrize(("reduction", "values"), [("mean", 16 * 16), ("sum", 1)])
def test_latent_consistency_pays_for_changes_and_punishes_minding_them(tiny, reduction: str, values: int):
    words = ("remedies.latent_consistency.generator=2", "remedies.latent_consistency.discriminator=3")
    words = words if reduction == "sum" else (*words, f"remedies.latent_consistency.reduction={reduction}")
    engine = engine_of(tiny(*words, "remedies.latent_consistency.sigma=0.5"))
    held, duel = engine.state.remedies["latent_consistency"], duel_in(engine)
    generator = engine.state.game.networks["generator"]
    steps = []
    generator.register_forward_hook(lambda _, inputs, __: steps.append(inputs[0] - duel.latents))
    disliked, earned = held.discriminator_term(duel), held.generator_term(duel)
    assert torch.equal(steps[0], steps[1]), "both players see the same one"
    assert steps[0].std().item() == pytest.approx(0.5, rel=0.3)
    beside = generator(duel.latents + steps[0])
    assert torch.allclose(earned, -2 * (duel.fake - beside).square().flatten(1).sum(1) / values)
    assert torch.allclose(disliked, 3 * (duel.fake_logits - duel.discriminate(beside)).square())
    assert disliked.min() > 0 > earned.max()
    reached = torch.autograd.grad(disliked.sum(), list(generator.parameters()), retain_graph=True, allow_unused=True)
    assert any(each is not None for each in reached), "through the first picture, as all of the discriminator's losses"


@pytest.mark.parametrize("name", ["ada", "diffusion"])
@pytest.mark.parametrize(
    ("objective", "says"),
    [
        ("non-saturating", True),
        ("hinge", True),
        ("least-squares", False),
        ("least-squares objective.a=-1", True),
        ("wasserstein", False),
        ("relativistic", False),
        ("f-divergence", False),
    ],
)
def test_what_follows_signs_is_refused_where_they_say_nothing(tiny, name: str, objective: str, says: bool):
    experiment = tiny(*f"objective={objective}".split(), f"remedies.{name}=true")
    if says:
        engine_of(experiment)
        return
    with pytest.raises(SettingsError, match=r"meaningless for .*; use objective=non-saturating or hinge"):
        engine_of(experiment)


LAZY = ("remedies.r1=true", "remedies.r2.every=8")
DOUBTED = {
    "lazy": (*LAZY, "arXiv 2501.05441"),
    "unbounded": ("objective=wasserstein", "arXiv 1701.07875"),
    "bounded by nothing": ("objective=wasserstein", "remedies.r1.gamma=0", "arXiv 1701.07875"),
    "clipped with momentum": ("objective=wasserstein", "remedies.weight_clipping=true", "optim=adam", "optim.beta1"),
    "a pool below a batch": ("remedies.image_pool.size=3", "remedies.image_pool.size=8 is enough"),
}
TRUSTED = {
    "no doubt": (),
    "one lazy penalty": ("remedies.r1.every=8",),
    "both always": ("remedies.r1=true", "remedies.r2=true"),
    "bounded": ("objective=wasserstein", "remedies.gradient_penalty=true"),
    "lazy at nothing": ("remedies.r1.every=8", "remedies.r2.gamma=0"),
    "a pool of a batch": ("remedies.image_pool.size=8",),
    "no pool": ("remedies.image_pool.size=0",),
    "clipped": ("objective=wasserstein", "remedies.weight_clipping=true", "optim=rmsprop"),
}


@pytest.mark.parametrize("words", DOUBTED.values(), ids=DOUBTED)
def test_what_is_known_to_hurt_is_said_with_its_source_and_is_done(
    tiny, caplog: pytest.LogCaptureFixture, words: tuple[str, ...]
):
    experiment = tiny(*words[:-1], "train.steps=2")
    with caplog.at_level(logging.WARNING, "ganarium"):
        resolved(experiment)
    (said,) = caplog.messages
    assert words[-1] in said


@pytest.mark.parametrize("words", TRUSTED.values(), ids=TRUSTED)
def test_nothing_else_is_doubted(tiny, words: tuple[str, ...]):
    assert [*warnings_for(tiny(*words, "train.steps=2"))] == []


def test_half_precision_is_refused_with_its_source(tiny):
    with pytest.raises(SettingsError, match=r"fp16 degrades training .*use bf16"):
        tiny("engine.precision=fp16")


def lead_of(duel: Duel) -> float:
    """Share of pairs of which the real one is judged higher, pair by pair."""
    pairs = [(real, fake) for real in duel.real_logits.tolist() for fake in duel.fake_logits.tolist()]
    return sum(real > fake for real, fake in pairs) / len(pairs)


RACE = ("optim.lr=0.05", "optim.discriminator_lr=0.001")  # in which neither stays ahead


def test_adaptive_updates_the_discriminator_until_it_is_ahead_and_no_more(tiny):
    experiment = tiny("update=adaptive", "update.lead_threshold=0.9", "update.max_steps=3", "train.batch=16", *RACE)
    engine, again = engine_of(experiment), engine_of(experiment)
    made = []
    for step in range(20):
        engine.advance(1)
        made.append(int(engine.last.means["discriminator.updates"]))
        state, updates = again.state, 0
        for number in range(3 * step, 3 * step + 3):
            inputs = state.inputs(number)
            (duel,) = state.duels(inputs, {kind: x.detach() for kind, x in state.generate(inputs).items()})
            state.backward("discriminator", inputs, [duel])
            if lead_of(duel) >= 0.9:
                break
            state.update("discriminator")
            updates += 1
        inputs = state.generator_inputs(inputs)
        state.backward("generator", inputs, state.duels(inputs, state.generate(inputs)))
        state.update("generator")
        state.end_step()
        assert made[-1] == updates
    assert len(set(made)) > 2, made
    ours, theirs = engine.state.tensors(), again.state.tensors()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.slow
@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.setting)
def test_what_helps_without_being_an_entry_can_be_chosen_as_it_is_printed(tiny, choice: Choice):
    changed, plain = engine_of(tiny(choice.setting)), engine_of(tiny())
    for each in (changed, plain):
        each.advance(2)
    ours, theirs = changed.state.tensors(), plain.state.tensors()
    assert ours.keys() != theirs.keys() or any(not torch.equal(ours[name], theirs[name]) for name in ours)


def test_an_average_whose_half_life_rises_begins_by_following(tiny):
    engine = engine_of(tiny("remedies.ema.decay=0.9", "remedies.ema.ramp_steps=4", "remedies.ema.warmup=false"))
    live = engine.state.game.networks["generator"].state_dict()["out.weight"]
    average = live.clone()
    for made in range(1, 8):
        engine.advance(1)
        half_life = log(0.5) / log(0.9) * min(1, made / 4)
        average.lerp_(live, 1 - 0.5 ** (1 / half_life))
    assert torch.allclose(engine.state.remedies["ema"].state()["generator.out.weight"], average, atol=1e-7)
