"""The laws of training, over everything in the catalogs."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import combinations, compress, cycle, pairwise
from typing import Any

import pytest
import torch
from allpairspy import AllPairs
from torch import Tensor

from ganarium.config.experiment import Experiment
from ganarium.config.overrides import override
from ganarium.config.remedies import REMEDIES
from ganarium.config.updates import UPDATES
from ganarium.core.errors import SettingsError
from ganarium.core.random_streams import Streams
from ganarium.data.batches import Batch, Feed, Fixed
from ganarium.data.load import load_data
from ganarium.testing.training import (
    CPU,
    engine_after,
    engine_on,
    inputs_differ,
    interrupted,
    same,
    start_differs,
    without_remedies,
)
from ganarium.training.build import assemble
from ganarium.training.compatibility import check
from ganarium.training.engine import Engine
from ganarium.training.schedules import learning_rate
from ganarium.training.state import TrainingState

DROPOUT = ["generator.dropout=0.2", "discriminator.dropout=0.2"]
RULES = {
    **{name: [f"update={name}"] for name in UPDATES},
    "adaptive": ["update=adaptive", "update.lead_threshold=1", "update.max_steps=2"],
    "alternating-2": ["update=alternating", "update.discriminator_steps=2"],
    "alternating-shared": ["update=alternating", "latents=shared"],
    "simultaneous-shared": ["update=simultaneous", "latents=shared"],
}
MATERIAL = [
    "optim=sgd data=ring data.count=0 generator.output=linear discriminator.fourier_octaves=2",
    "optim=sgd optim.momentum=0.9 data=moons data.count=100 generator.output=linear",
    "optim=adam data=points data.count=30 data.size=16",
]
# at these a remedy has much to remember and to do within ten steps
STRONG = {
    "image_pool": ["size=20"],
    "instance_noise": ["schedule=cosine"],
    "gradient_clipping": ["norm=0.01"],
    "ema": ["decay=0.5"],
    "ada": ["pictures=20", "target=-0.5"],
    "diffusion": ["pictures=20"],
    "r2": ["schedule=linear", "final=2"],
    "spectral_norm": ["schedule=cosine"],
    "top_k": ["schedule=linear", "final=2"],
    "diff_augment": ["share=0.5", "schedule=linear"],
}


APART = [{name, other} for name, entry in REMEDIES.items() for other in entry.requires.excludes]


def allowed_rows(names: list[str]) -> list[list[str]]:
    """The names, as often as it takes to leave out one after the other of those that are refused together."""
    for pair in APART:
        if pair <= {*names}:
            return [row for one in sorted(pair) for row in allowed_rows([name for name in names if name != one])]
    return [names]


ALL_AT_ONCE = allowed_rows([*REMEDIES])[0]
PAIRED = [
    row for chosen in AllPairs([[True, False]] * len(REMEDIES)) for row in allowed_rows([*compress(REMEDIES, chosen)])
]


def at_strength(name: str) -> list[str]:
    return [f"remedies.{name}=true", *(f"remedies.{name}.{word}" for word in STRONG.get(name, []))]


def at_neutral(name: str) -> list[str]:
    return [f"remedies.{name}.{key}={value}" for key, value in (REMEDIES[name].neutral or {}).items()]


def on(experiment: Experiment, state: dict[str, Tensor] | None = None, step: int = 0) -> Engine:
    return engine_on(experiment, load_data(experiment.data), state, step)


def after(experiment: Experiment, steps: int) -> Engine:
    return engine_after(experiment, load_data(experiment.data), steps)


@cache
def without_any(tiny, words: tuple[str, ...]) -> Engine:
    """Five steps without any remedy."""
    return after(tiny(*words), 5)


def allowed(experiment: Experiment) -> Experiment:
    """The experiment, unless `check` says that its parts cannot work together."""
    try:
        check(experiment, load_data(experiment.data))
    except SettingsError as refusal:
        pytest.skip(str(refusal))
    return experiment


def with_rules(names: Iterable[Any], fast: bool = True) -> list[Any]:
    """Pair each name with each rule: with "alternating" fast, with one other in turn slow, with the rest exhaustive."""
    turns = cycle(rule for rule in RULES if rule != "alternating")
    pairs = []
    for name in names:
        inputs = next(turns)
        for rule in RULES:
            if rule == "alternating" and fast:
                marks = []
            else:
                marks = [pytest.mark.slow if rule in ("alternating", inputs) else pytest.mark.exhaustive]
            pairs.append(pytest.param(name, rule, marks=marks))
    return pairs


every_remedy = pytest.mark.parametrize("remedy", REMEDIES)
every_remedy_and_rule = pytest.mark.parametrize(("remedy", "rule"), with_rules(REMEDIES))
every_rule = pytest.mark.parametrize(
    "rule", ["alternating", *(pytest.param(rule, marks=pytest.mark.slow) for rule in RULES if rule != "alternating")]
)
conditional_or_not = pytest.mark.parametrize(
    "conditional",
    [pytest.param("true", id="conditional", marks=pytest.mark.slow), pytest.param("false", id="unconditional")],
)


@pytest.mark.slow
@every_remedy_and_rule
@conditional_or_not
def test_at_its_neutral_value_a_remedy_changes_no_bit(tiny, remedy: str, rule: str, conditional: str):
    words = (*RULES[rule], *DROPOUT, f"game.conditional={conditional}")
    neutral = after(allowed(tiny(*words, *at_neutral(remedy))), 5)
    without = without_any(tiny, words)
    assert neutral.state.remedies.keys() == {remedy}
    assert same(without.state.tensors(), without_remedies(neutral.state.tensors()))
    assert all(
        torch.equal(neutral.last.means[name], value) for name, value in without.last.means.items() if "." in name
    )


@every_rule
def test_all_remedies_at_once_at_their_neutral_values_change_no_bit(tiny, rule: str):
    words = [word for name in ALL_AT_ONCE for word in at_neutral(name)]
    neutral = after(tiny(*RULES[rule], *DROPOUT, *words), 5)
    without = without_any(tiny, (*RULES[rule], *DROPOUT, "game.conditional=false"))
    assert same(without.state.tensors(), without_remedies(neutral.state.tensors()))


@pytest.mark.slow
@every_remedy
@conditional_or_not
def test_at_any_strength_first_weights_batches_and_latents_are_those_of_the_run_without_it(
    tiny, remedy: str, conditional: str
):
    plain = tiny(*DROPOUT, f"game.conditional={conditional}")
    without, strong = on(plain), on(allowed(override(plain, at_strength(remedy))))
    first, alike = without.state.tensors(), without_remedies(strong.state.tensors())
    widened = {key for key, tensor in alike.items() if tensor.shape != first[key].shape}
    assert len(widened) == (remedy == "packing"), "only the first layer that sees a pack"
    assert not [*start_differs(without, strong)]
    without.advance(3)
    strong.advance(3)
    assert not [*inputs_differ(without, strong)]


@pytest.mark.slow
@every_remedy
def test_at_strength_a_remedy_changes_something(tiny, remedy: str):
    plain = tiny("train.steps=12")
    changed = after(override(plain, at_strength(remedy)), 12).state.tensors()
    trained = same(after(plain, 12).state.tensors(), without_remedies(changed))
    assert not trained or remedy == "ema"
    if remedy == "ema":
        average, live = (
            {k.rpartition("generator.")[2]: t for k, t in changed.items() if k.startswith(start)}
            for start in ("remedies/ema/generator.", "generator/weights.")
        )
        assert average.keys() == live.keys()
        assert not same(average, live)


def interrupted_and_not(experiment: Experiment) -> tuple[Engine, Engine]:
    """Ten steps at once, and ten of which the last five know no more than a checkpoint holds."""
    straight, resumed = interrupted(experiment, load_data(experiment.data), 5)
    assert same(straight.state.tensors(), resumed.state.tensors())
    straight.advance(5)
    resumed.advance(5)
    return straight, resumed


@every_remedy_and_rule
@conditional_or_not
def test_interrupted_and_resumed_is_never_interrupted(tiny, remedy: str, rule: str, conditional: str):
    words = [*RULES[rule], *DROPOUT, f"game.conditional={conditional}", "optim.schedule=cosine", *at_strength(remedy)]
    straight, resumed = interrupted_and_not(allowed(tiny(*words)))
    assert same(straight.state.tensors(), resumed.state.tensors())
    assert same(straight.last.means, resumed.last.means)


@pytest.mark.parametrize("rule", ["alternating-2", "simultaneous", "unrolled"])
def test_lazy_penalties_can_be_interrupted_between_two_of_them(tiny, rule: str):
    straight, resumed = interrupted_and_not(tiny(*RULES[rule], "remedies.r1.every=3", "remedies.r2.every=4"))
    assert same(straight.state.tensors(), resumed.state.tensors())


@pytest.mark.parametrize("words", [["remedies.ema.ramp_steps=10", "remedies.ema.warmup=false"], ["remedies.ema=true"]])
def test_an_average_that_begins_to_rise_or_warm_up_goes_on_from_one_that_did_not(tiny, words: list[str]):
    even = after(tiny("remedies.ema.warmup=false"), 5)
    rising = on(tiny(*words), even.state.tensors(), step=5)
    rising.advance(3)
    assert rising.state.remedies["ema"].state()["made"] == 3


@pytest.mark.slow
@every_rule
@pytest.mark.parametrize("words", MATERIAL, ids=MATERIAL)
def test_all_remedies_at_once_can_be_interrupted_whatever_the_optimizer_and_the_data(tiny, rule: str, words: str):
    plane = "output=linear" in words
    strong = [
        word for name in ALL_AT_ONCE if not (plane and REMEDIES[name].requires.images) for word in at_strength(name)
    ]
    straight, resumed = interrupted_and_not(tiny(*words.split(), *RULES[rule], *DROPOUT, *strong))
    assert same(straight.state.tensors(), resumed.state.tensors())
    assert any("moments" in key for key in resumed.state.tensors()) == (words != MATERIAL[0])


def test_the_rows_hold_every_pair_of_remedies():
    pairs = {pair for pair in combinations(REMEDIES, 2) if {*pair} not in APART}
    assert {pair for row in PAIRED for pair in combinations(row, 2)} == pairs


@pytest.mark.parametrize(("number", "rule"), with_rules(range(len(PAIRED)), fast=False))
def test_every_pair_of_remedies_can_be_interrupted_and_changes_nothing_at_neutral(tiny, number: int, rule: str):
    row = PAIRED[number]
    strong = [word for name in row for word in at_strength(name)]
    straight, resumed = interrupted_and_not(tiny(*RULES[rule], *DROPOUT, *strong))
    assert same(straight.state.tensors(), resumed.state.tensors())
    neutral = after(tiny(*RULES[rule], *DROPOUT, *[word for name in row for word in at_neutral(name)]), 5)
    without = without_any(tiny, (*RULES[rule], *DROPOUT, "game.conditional=false"))
    assert same(without.state.tensors(), without_remedies(neutral.state.tensors()))


def test_the_same_seed_gives_the_same_run_and_another_seed_another(tiny):
    assert same(after(tiny(), 5).state.tensors(), after(tiny(), 5).state.tensors())
    assert not same(after(tiny(), 5).state.tensors(), after(tiny("seed=1"), 5).state.tensors())


def test_how_many_steps_are_made_at_a_time_does_not_matter(tiny):
    one_by_one = on(tiny())
    for _ in range(7):
        one_by_one.advance(1)
    assert same(one_by_one.state.tensors(), after(tiny(), 7).state.tensors())


@pytest.mark.parametrize("side", ["discriminator", "generator"])
def test_a_players_gradient_goes_into_its_own_weights_and_into_no_others(tiny, side: str):
    training_state = on(tiny(*[word for name in ALL_AT_ONCE for word in at_strength(name)])).state
    inputs = training_state.inputs(0)
    training_state.backward(side, inputs, training_state.duels(inputs, training_state.generate(inputs)))
    for name, player in training_state.players.items():
        assert all((weights.grad is not None) == (name == side) for weights in player.parameters)
    assert any(weights.grad.abs().max() > 0 for weights in training_state.players[side].parameters)


@every_rule
def test_both_players_move_in_every_step(tiny, rule: str):
    engine = on(tiny(*RULES[rule]))
    before = {key: tensor.clone() for key, tensor in engine.state.tensors().items()}
    engine.advance(1)
    moved = engine.state.tensors()
    assert not any(torch.equal(before[key], moved[key]) for key in before if key.endswith("weight"))


@pytest.mark.parametrize(
    ("rule", "made"),
    [
        ("simultaneous-shared", 1),
        ("simultaneous", 2),
        ("alternating", 2),
        ("alternating-shared", 1),
        ("alternating-2", 3),
    ],
)
def test_a_step_with_shared_latents_generates_its_pictures_once(tiny, rule: str, made: int):
    engine = on(tiny(*RULES[rule]))
    latents: list[Tensor] = []
    engine.state.game.networks["generator"].register_forward_hook(lambda _, inputs, __: latents.append(inputs[0]))
    engine.advance(1)
    assert len(latents) == made
    assert torch.equal(latents[-1], latents[-2 if made > 1 else -1]) == rule.endswith("shared")


def test_a_simultaneous_step_takes_both_gradients_at_the_same_weights(tiny):
    experiment = tiny("update=simultaneous", "latents=shared", "optim=sgd")
    engine, training_state = on(experiment), on(experiment).state
    engine.advance(1)
    inputs = training_state.inputs(0)
    for side in ("discriminator", "generator"):
        training_state.backward(side, inputs, training_state.duels(inputs, training_state.generate(inputs)))
    for side, player in training_state.players.items():
        stepped = [weights - 0.1 * weights.grad for weights in player.parameters]
        for ours, theirs in zip(stepped, engine.state.players[side].parameters, strict=True):
            assert torch.allclose(ours, theirs, rtol=0, atol=1e-7)


class Recording(Feed):
    """A feed that notes which batches were asked for."""

    def __init__(self, feed: Feed) -> None:
        self.feed, self.asked = feed, []

    def batch(self, index: int) -> Batch:
        self.asked.append(index)
        return self.feed.batch(index)


@pytest.mark.parametrize("k", [1, 3])
def test_alternating_moves_the_discriminator_k_times_each_on_its_own_batch(tiny, k: int):
    engine = on(tiny(f"update.discriminator_steps={k}"))
    engine.state.feed = recording = Recording(engine.state.feed)
    engine.advance(2)
    assert recording.asked == list(range(2 * k))
    state = engine.state.tensors()
    assert (state["discriminator/moments.0.step"], state["generator/moments.0.step"]) == (2 * k, 2)


def chosen(count: int, size: int) -> Iterator[list[int]]:
    """The rows of each batch of a fixed set."""
    feed = Fixed(torch.arange(count), torch.arange(count), size, Streams(0))
    for index in range(10**6):
        batch = feed.batch(index)
        assert torch.equal(batch.real, batch.label)
        yield batch.real.tolist()


@pytest.mark.parametrize(("count", "size"), [(64, 8), (64, 24), (10, 7), (5, 12), (1, 3)])
def test_every_epoch_goes_once_through_all_pictures(count: int, size: int):
    batches = chosen(count, size)
    rows = [row for _ in range(3 * count) for row in next(batches)]
    epochs = [rows[start : start + count] for start in range(0, len(rows), count)]
    assert all(Counter(epoch) == Counter(range(count)) for epoch in epochs)
    assert count == 1 or len({tuple(epoch) for epoch in epochs}) > 1


def test_a_batch_does_not_depend_on_the_ones_before_it():
    feed = Fixed(torch.arange(50), None, 8, Streams(0))
    late = feed.batch(1000).real
    assert torch.equal(late, feed.batch(1000).real)
    assert torch.equal(late, Fixed(torch.arange(50), None, 8, Streams(0)).batch(1000).real)


def test_training_pictures_lie_in_the_generators_output_range(tiny):
    for output, low in (("sigmoid", 0.0), ("tanh", -1.0)):
        real = on(tiny(f"generator.output={output}", "train.batch=64")).state.inputs(0).batch.real
        assert (real.min(), real.max()) == (low, 1)


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_a_schedule_falls_from_its_start_to_final_and_stays(tiny, schedule: str):
    optim = tiny(f"optim.schedule={schedule}", "optim.final=0.1", "optim.discriminator_lr=0.02").optim
    for side, start in (("generator", 0.01), ("discriminator", 0.02)):
        rates = [learning_rate(optim, side, step, 20) for step in range(40)]
        assert rates[0] == start
        assert rates[10] == pytest.approx(0.55 * start)
        assert rates[20:] == pytest.approx([0.1 * start] * 20)
        assert all(before > after for before, after in pairwise(rates[:21]))


@pytest.mark.parametrize("schedule", ["linear", "cosine"])
def test_within_its_window_a_rate_falls_as_one_whose_whole_training_is_the_window(tiny, schedule: str):
    whole = tiny(f"optim.schedule={schedule}", "optim.final=0.1").optim
    part = whole.model_copy(update={"schedule_start": 0.25, "schedule_end": 0.75})
    rates = [learning_rate(part, "generator", step, 40) for step in range(80)]
    assert rates[10:30] == pytest.approx([learning_rate(whole, "generator", step, 20) for step in range(20)])
    assert {*rates[:11]} == {0.01}
    assert rates[30:] == pytest.approx([0.001] * 50)


BURN_IN = ("optim.beta2=0.5", "optim.beta2_final=0.9", "optim.beta2_end=0.8", "remedies.ema.ramp_share=0.8")


def test_the_engine_sets_the_scheduled_beta2(tiny):
    engine = on(tiny("optim.beta2=0.5", "optim.beta2_final=0.9", "optim.beta2_schedule=linear", "train.horizon=4"))
    found = []
    for _ in range(6):
        engine.advance(1)
        found += [player.optimizer.beta2.item() for player in engine.state.players.values()]
    assert found == pytest.approx([0.5, 0.5, 0.6, 0.6, 0.7, 0.7, 0.8, 0.8, 0.9, 0.9, 0.9, 0.9])


@pytest.mark.parametrize("rule", ["alternating-2", "extragradient"])
def test_a_burn_in_of_beta2_and_of_the_average_resumes_and_records_bit_for_bit(tiny, rule: str):
    experiment = tiny(*RULES[rule], *BURN_IN, "train.steps=10")
    straight, resumed = interrupted_and_not(experiment)
    assert same(straight.state.tensors(), resumed.state.tensors())
    recorded = after(experiment, 2)
    recorded.record()
    recorded.advance(8)
    assert same(straight.state.tensors(), recorded.state.tensors())


def test_a_fork_can_begin_or_end_the_schedule_of_beta2(tiny):
    constant, scheduled = tiny("train.steps=10"), tiny(*BURN_IN, "train.steps=10")
    for first, second in ((constant, scheduled), (scheduled, constant)):
        fork = on(second, after(first, 3).state.tensors(), step=3)
        fork.advance(3)
        assert all(tensor.isfinite().all() for tensor in fork.state.tensors().values())


WRONG_BETA2 = {
    "beta2_final=1": r"beta2_final=1:.*less than 1",
    "beta2_final=-0.1": r"beta2_final=-0\.1:.*greater than or equal to 0",
    "beta2_schedule=constant": r"beta2_schedule=constant",
    "beta2_start=0.5 optim.beta2_end=0.5": r"beta2_start=0\.5 is not before beta2_end=0\.5",
    "beta2_final=0.99 train.steps=none train.seconds=3": r"optim\.beta2_final=0\.99 needs a horizon",
}


@pytest.mark.parametrize("words", WRONG_BETA2)
def test_a_schedule_of_beta2_that_cannot_be_followed_is_refused(tiny, words: str):
    with pytest.raises(SettingsError, match=WRONG_BETA2[words]):
        tiny(*f"optim.{words}".split())


def test_in_the_middle_of_a_window_an_interrupted_run_goes_on_as_if_it_had_not_been(tiny):
    window = [
        f"{part}.{key}" for part in ("optim", "remedies.r1") for key in ("schedule_start=0.3", "schedule_end=0.8")
    ]
    words = ("optim.schedule=cosine", "remedies.r1.schedule=linear", "train.steps=10")
    straight, resumed = interrupted_and_not(tiny(*words, *window))
    assert same(straight.state.tensors(), resumed.state.tensors())


def test_a_constant_rate_stays(tiny):
    assert {learning_rate(tiny().optim, "generator", step, 20) for step in range(40)} == {0.01}


def test_the_engine_sets_the_scheduled_rate_and_at_zero_nothing_moves(tiny):
    engine = after(tiny("optim.schedule=linear", "train.horizon=4"), 4)
    assert engine.state.players["generator"].lr.item() == pytest.approx(0.01 / 4)
    before = {key: tensor.clone() for key, tensor in engine.state.tensors().items() if "weights" in key}
    engine.advance(3)
    assert all(torch.equal(engine.state.tensors()[key], tensor) for key, tensor in before.items())


def test_parts_that_cannot_work_together_are_refused(tiny):
    ring = tiny("data=ring", "game.conditional=true")
    with pytest.raises(SettingsError, match=r"data=ring has no labels: use game\.conditional=false"):
        assemble(ring, load_data(ring.data), CPU)
    images = tiny("discriminator.fourier_octaves=3")
    with pytest.raises(SettingsError, match=r"fourier_octaves=3 needs points, but data=points contains images: use "):
        assemble(images, load_data(images.data), CPU)
    pool = tiny("remedies.image_pool=true", "game.conditional=true")
    with pytest.raises(SettingsError, match=r"remedies\.image_pool"):
        assemble(pool, load_data(pool.data), CPU)


def test_means_are_the_mean_of_the_steps_and_survive_being_put_away(tiny):
    engine = on(tiny())
    values = []
    for _ in range(4):
        engine.advance(1)
        values.append(engine.last.means["generator"].item())
    assert engine.means.read()["generator"] == pytest.approx(sum(values) / 4)
    assert 0 < engine.means.read()["judged.real"] < 1
    restored = type(engine.means).restored(engine.means.state(), 4)
    assert restored.read() == engine.means.read()


def test_a_match_says_which_terms_a_loss_is_made_of(tiny):
    training_state: TrainingState = on(tiny("remedies.r1.gamma=3", "remedies.feature_matching=true")).state
    inputs = training_state.inputs(0)
    duels = training_state.duels(inputs, training_state.generate(inputs))
    for side, term in (("discriminator", "r1"), ("generator", "feature_matching")):
        means = training_state.backward(side, inputs, duels, keep=True)
        assert means.keys() == {side, f"{side}.objective", f"{side}.{term}"}
        assert means[side].item() == pytest.approx(means[f"{side}.objective"].item() + means[f"{side}.{term}"].item())
