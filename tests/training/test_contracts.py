"""One contract for everything in the catalogs: parts that go together train, and go on exactly where they were.

Every pair of parts comes together in some case; the cases hold many pairs each.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import NamedTuple

import pytest
import torch
from allpairspy import AllPairs
from torch import Tensor

from ganarium.config.experiment import Experiment
from ganarium.config.games import GAMES
from ganarium.config.networks import DISCRIMINATORS, GENERATORS
from ganarium.config.objectives import OBJECTIVES
from ganarium.config.optimizers import OPTIMIZERS
from ganarium.config.remedies import REMEDIES
from ganarium.config.updates import UPDATES
from ganarium.core.errors import SettingsError
from ganarium.data.load import load_data
from ganarium.networks.base import Generator, Network, Translator
from ganarium.training.build import assemble, build_networks, update_rule
from ganarium.training.capture import RecordedStep, can_record
from ganarium.training.device import arithmetic
from ganarium.training.engine import Engine
from ganarium.training.measurements import gradient_norms
from ganarium.training.sampler import Sampler
from ganarium.training.translator import Translations

CPU = torch.device("cpu")
DATA = {
    "points": "data.count=40 data.size=16",
    "figures": "data.count=40 data.size=16",
    "ring": "data.count=0 generator.output=linear",
    "pairs": "data.count=40 data.size=24 data.paired=true",
}
SMALL = {
    "dense": "hidden=[8]",
    "conv": "width=4 {side}.max_channels=8",
    "residual": "width=4 {side}.max_channels=8",
    "shapes": "hidden=[8] {side}.code=4 {side}.objects=2",
    "unet": "width=4 {side}.max_channels=8",
    "resnet": "width=4 {side}.blocks=1",
    "patch": "width=4 {side}.layers=1",
}
GAME_WORDS = {
    **{name: f"game={name}" for name in GAMES},
    "conditional": "game=synthesis game.conditional=true",
    "printed": "game=k-plus-one game.reading=printed",
    "few-labels": "game=k-plus-one game.conditional=false game.labels=20",
}
OBJECTIVE_WORDS = {
    **{name: f"objective={name}" for name in OBJECTIVES},
    **{name: f"objective=f-divergence objective.divergence={name}" for name in ("reverse-kl", "pearson", "js")},
}
RULES = {
    **{name: f"update={name}" for name in UPDATES},
    "shared": "update=simultaneous latents=shared",
    "twice": "update=alternating update.discriminator_steps=2",
    "adaptive": "update=adaptive update.lead_threshold=1 update.max_steps=2",
}
TRANSLATORS = {name for name, entry in GENERATORS.items() if entry.settings.translates}
TRANSLATIONS = {name for name, entry in GAMES.items() if entry.settings.translates}
TOLD = {"k-plus-one", "auxiliary", "conditional", "printed", "info"}


class Parts(NamedTuple):
    """One choice of every part, by name."""

    data: str
    generator: str
    discriminator: str
    game: str
    objective: str
    rule: str
    optimizer: str
    remedy: str
    precision: str

    @property
    def words(self) -> list[str]:
        return [
            f"data={self.data}",
            *(f"{side}={family}" for side, family in (("generator", self.generator), ("discriminator", self[2]))),
            *(f"generator.{SMALL[self.generator]}".format(side="generator")).split(),
            *(f"discriminator.{SMALL[self.discriminator]}".format(side="discriminator")).split(),
            *DATA[self.data].split(),
            *GAME_WORDS[self.game].split(),
            *OBJECTIVE_WORDS[self.objective].split(),
            *RULES[self.rule].split(),
            f"optim={self.optimizer}",
            "optim.lr=1e-4",
            f"engine.precision={self.precision}",
            *([] if self.remedy == "none" else [f"remedies.{self.remedy}=true"]),
            "train.batch=4",
        ]

    @property
    def id(self) -> str:
        return "-".join(self)


CHOICES = Parts(
    *(
        list(names)
        for names in (
            DATA,
            GENERATORS,
            DISCRIMINATORS,
            GAME_WORDS,
            OBJECTIVE_WORDS,
            RULES,
            OPTIMIZERS,
            ["none", *REMEDIES],
            ["fp32", "bf16"],
        )
    )
)


def reasons(some: Sequence[str]) -> Iterator[str]:
    """Why parts cannot go together, as far as they are chosen: said here once more, apart from the code."""
    parts = dict(zip(Parts._fields, some, strict=False))
    data, generator, discriminator, game = (parts.get(name) for name in Parts._fields[:4])
    if generator and (generator in TRANSLATORS) != (data == "pairs"):
        yield "translators are for pairs, and nothing else is"
    if game and (game in TRANSLATIONS) != (data == "pairs"):
        yield "translation is for pairs, and nothing else is"
    if data == "ring" and generator not in (None, "dense"):
        yield "points are not pictures"
    if data == "figures" and generator == "shapes":
        yield "shapes have no colours"
    if data == "ring" and discriminator not in (None, "dense"):
        yield "points are not pictures"
    if data == "ring" and game in TOLD - {"info"} | {"few-labels"}:
        yield "points have no labels"
    if data == "figures" and game in TOLD - {"info"} | {"few-labels"} and not figures_have_labels():
        yield "figures have no labels"
    if discriminator == "patch" and game in TOLD | {"few-labels"}:
        yield "a patch has neither label nor class"
    if parts.get("remedy") in ("gradient_penalty", "gradient_normalization", "dragan") and discriminator == "conv":
        yield "batch norm looks at the rest of the batch"
    if parts.get("remedy") == "spectral_norm" and discriminator == "residual":
        yield "weights that begin at 0 have no size"
    if parts.get("remedy") in ("diff_augment", "ada", "consistency") and data == "ring":
        yield "points are not pictures"
    logs = ("minimax", "non-saturating")
    if parts.get("remedy") in ("label_smoothing", "label_noise") and parts["objective"] not in logs:
        yield "no probabilities"
    if parts.get("remedy") in ("ada", "diffusion") and parts["objective"] not in (*logs, "hinge"):
        yield "signs say nothing"
    if parts.get("remedy") == "latent_consistency" and data == "pairs":
        yield "translators have no latents"
    if parts.get("remedy") == "image_pool" and game in TOLD:
        yield "the pool forgets labels"
    if parts.get("remedy") == "packing" and game in TOLD | {"few-labels"}:
        yield "a pack has one verdict, not one for each label"


def figures_have_labels() -> bool:
    from ganarium.config.synthetic import FiguresConfig

    return bool(load_data(FiguresConfig(count=40, size=16)).classes)


CASES = [
    Parts(*case) for case in AllPairs([list(names) for names in CHOICES], filter_func=lambda some: not [*reasons(some)])
]


def tried_now(case: Parts, one_of: int = 9) -> bool:
    """One of nine cases is tried with every change, the same ones each time."""
    return hashlib.blake2b(case.id.encode()).digest()[0] % one_of == 0


def every_case(others: pytest.MarkDecorator, one_of: int = 9) -> pytest.MarkDecorator:
    """Try every case; one of `one_of` is tried always, the others have the mark `others`."""
    return pytest.mark.parametrize(
        "case", [pytest.param(case, id=case.id, marks=[] if tried_now(case, one_of) else others) for case in CASES]
    )


def engine_of(experiment: Experiment, state: dict[str, Tensor] | None = None, step: int = 0) -> Engine:
    training_state = assemble(experiment, load_data(experiment.data), CPU, state)
    return Engine(experiment, training_state, update_rule(experiment), step)


def state_of(engine: Engine) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in engine.state.tensors().items()}


def test_the_cases_hold_every_choice():
    for choices, chosen in zip(CHOICES, zip(*CASES, strict=True), strict=True):
        assert set(choices) == set(chosen)


@every_case(pytest.mark.slow)
def test_parts_that_go_together_train_and_resume_exactly(tiny, case: Parts):
    trains_and_resumes(tiny(*case.words))


LAYERS = {
    "virtual batch norm": "generator.norm=virtual",
    "instance norm": "generator.norm=instance discriminator.norm=instance",
    "conditional norm": "game.conditional=true generator.conditioning=norm",
    "projection": "game.conditional=true discriminator.conditioning=projection",
    "attention": "generator.attention=1 discriminator.attention=1",
    "discrimination": "discriminator.batch_features=discrimination discriminator.batch_features_kernels=3",
    "deviation": "discriminator.batch_features=deviation",
    "pixel noise": "generator.pixel_noise=true",
    "dense stem, enlarged": "generator.stem=dense generator.up=bilinear generator.kernel=3",
    "pools, hidden layer, dropout": "discriminator.down=max-pool discriminator.kernel=3 discriminator.hidden=[6] "
    "discriminator.dropout=0.3",
}


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_trains_and_resumes_exactly(tiny, layer: str):
    pair = [
        f"{side}{word}" for side in ("generator", "discriminator") for word in ("=conv", ".width=4", ".max_channels=8")
    ]
    trains_and_resumes(tiny(*pair, *LAYERS[layer].split(), "train.batch=4"))


def trains_and_resumes(experiment: Experiment) -> None:
    """Three steps are finite and move both players; two, saved and loaded, and one more are the same three."""
    engine = engine_of(experiment)
    first = state_of(engine)
    engine.advance(2)
    half = state_of(engine)
    engine.advance(1)
    last = state_of(engine)
    gradients = [weights.grad for player in engine.state.players.values() for weights in player.parameters]
    assert all(gradient is not None and gradient.isfinite().all() for gradient in gradients)
    assert all(tensor.isfinite().all() for tensor in last.values())
    moved = {name for name, tensor in last.items() if name in first and not torch.equal(tensor, first[name])}
    waits = {"discriminator"} if experiment.update.kind == "adaptive" else set()  # for a generator left behind
    assert {name.partition("/")[0] for name in moved} >= {"generator", "discriminator"} - waits

    resumed = engine_of(experiment, half, 2)
    resumed.advance(1)
    again = state_of(resumed)
    assert again.keys() == last.keys()
    assert [name for name, tensor in last.items() if not torch.equal(again[name], tensor)] == []
    made = shown(experiment, last)
    assert made.isfinite().all()
    assert (made[0] != made[1]).any()


def shown(experiment: Experiment, state: dict[str, Tensor]) -> Tensor:
    """Five of what a run makes."""
    source = load_data(experiment.data)
    if experiment.game.translates:
        translations = Translations(experiment, source.shape, state, 3)
        made = translations.translate(source.subset(5).x)
    else:
        made = Sampler(experiment, source.shape, source.classes, state, 3).sample(5, seed=1)
    assert made.shape == (5, *source.shape)
    return made


@pytest.mark.slow
@pytest.mark.parametrize("generator", GENERATORS)
@pytest.mark.parametrize("game", GAME_WORDS)
@pytest.mark.parametrize("data", DATA)
def test_exactly_what_cannot_go_together_is_refused_at_birth(tiny, data: str, generator: str, game: str):
    for discriminator in DISCRIMINATORS:
        parts = Parts(data, generator, discriminator, game, "minimax", "alternating", "adam", "none", "fp32")
        refusal = refusal_of(tiny(*parts.words))
        assert bool(refusal) == bool([*reasons(parts)]), refusal
        assert not refusal or "=" in refusal, "a refusal names the setting that helps"


def test_a_batch_of_one_is_refused_where_a_layer_looks_at_the_others(tiny):
    assert "train.batch=1" in refusal_of(tiny("generator.norm=batch", "train.batch=1"))
    assert "train.batch=1" in refusal_of(tiny("discriminator.batch_features=deviation", "train.batch=1"))
    assert not refusal_of(tiny("generator.norm=instance", "train.batch=1"))


@pytest.mark.parametrize("remedy", ["gradient_penalty", "gradient_normalization"])
def test_a_slope_at_each_picture_needs_a_discriminator_that_judges_each_alone(tiny, remedy: str):
    words = ("discriminator=conv", "discriminator.width=4", f"remedies.{remedy}=true")
    assert "discriminator.norm=none or instance" in refusal_of(tiny(*words))
    assert "discriminator.batch_features=none" in refusal_of(
        tiny("discriminator.batch_features=deviation", f"remedies.{remedy}=true")
    )
    assert not refusal_of(tiny(*words, "discriminator.norm=instance"))


def refusal_of(experiment: Experiment) -> str:
    try:
        engine_of(experiment)
    except SettingsError as refusal:
        return str(refusal)
    return ""


some_cases = pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case.id, marks=[] if tried_now(case) else pytest.mark.slow)
        for case in CASES
        if tried_now(case, 3)
    ],
)


def inputs_of(network: Network, n: int, device: str, dtype: torch.dtype = torch.float32) -> list[Tensor | None]:
    """What a network is handed for n samples: numbers, and labels in turns if it is told any."""
    subject = getattr(network, "subject", None)
    shape = (network.latent,) if isinstance(network, Generator) else (1, 24, 24) if subject is None else subject.shape
    numbers = torch.linspace(-1, 1, n * prod(shape), dtype=dtype).sin().view(n, *shape).to(device)
    if isinstance(network, Translator):
        return [numbers]
    told = subject is not None and subject.classes
    return [numbers, (torch.arange(n) % subject.classes).to(device) if told else None]


@some_cases
def test_networks_are_born_without_memory_and_compute_where_they_are_placed(tiny, case: Parts):
    experiment = tiny(*case.words)
    source = load_data(experiment.data)
    for name, network in build_networks(experiment, source.shape, len(source.classes)).items():
        assert {tensor.device.type for tensor in network.state_dict().values()} == {"meta"}, name
        assert network(*inputs_of(network, 4, "meta")).device.type == "meta"


@some_cases
def test_where_no_layer_looks_across_samples_a_sample_does_not_depend_on_the_others(tiny, case: Parts):
    for player in engine_of(tiny(*case.words)).state.players.values():
        for network in player.networks.values():
            together = inputs_of(network.double(), 6, "cpu", torch.float64)
            alone = [None if rows is None else rows[:2] for rows in together]
            same = torch.allclose(network(*together)[:2], network(*alone), rtol=0, atol=1e-10)
            assert same or network.crosses_samples


@pytest.mark.slow
@every_case(pytest.mark.exhaustive, one_of=3)
def test_a_step_that_is_written_down_is_the_same_bit_for_bit(tiny, case: Parts):
    experiment = tiny(*case.words)
    by_rule, by_program = engine_of(experiment), engine_of(experiment)
    if not can_record(by_rule.state, by_rule.rule):
        assert case.remedy == "image_pool" or case.optimizer == "rmsprop" or case.rule == "adaptive"
        return
    with arithmetic(experiment.engine):
        program = RecordedStep(by_program.state, by_program.rule)
        for step in range(3):
            by_rule.advance(1)
            stepped = program(step)
            assert same(by_rule.state.tensors(), by_program.state.tensors())
            assert same(by_rule.last.means, stepped.means)
    assert gradient_norms(by_rule) == gradient_norms(by_program)


def same(a: Mapping[str, Tensor], b: Mapping[str, Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(tensor, b[name]) for name, tensor in a.items())
