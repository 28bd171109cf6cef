"""The population of runs for testing the diagnosis: sound runs of every objective, and runs with planted faults.

A way is the type of a planted fault; its actual effect is measured independently (hidden.py).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest

from benchmarks.earlier import DENSE

PLANAR = ("ring", "moons", "spiral", "grid", "checkerboard")
PICTURES = ("dense-digits", "digits")
FAMILIES = PLANAR + PICTURES
FIRST_HALF = (
    "ring",
    "moons",
    "spiral",
    "dense-digits",
)  # families for choosing thresholds; errors are counted on the others
SEEDS = 3  # number of full-length runs of each family and way; these may have fewer recorded snapshots
SHORT = {10: 200, 11: 400, 12: 800, 13: 1_500}  # number of steps of short runs, by seed
MORE = range(3, 9)  # seeds of additional full-length runs for the findings missed most often
FRESH = range(20, 26)  # seeds of runs trained after the rules were frozen; FRESH_SHORT: of short ones
FRESH_SHORT = {40: 200, 41: 400, 42: 800, 43: 1_500}
LENGTHS = SHORT | FRESH_SHORT
FRESH_SEEDS = {*FRESH, *FRESH_SHORT}
# types of faults that cause these findings
RARE = (
    "weak-discriminator",
    "small-discriminator",
    "strong-discriminator",
    "no-remedy",
    "narrow",
)
SMALL = ("generator.hidden=[128,128]", "discriminator.hidden=[128,128]", "train.batch=128")
BASES = {
    **{data: ("plane", (f"data={data}", *SMALL)) for data in PLANAR},
    "dense-digits": (
        "dense-digits",
        ("update=alternating", "optim.lr=1e-3", "optim.beta1=0.5", "remedies.r1.gamma=0.1", "latents=fresh"),
    ),
    "digits": ("digits", (*DENSE, *SMALL, "generator.latent=32", "optim.lr=1e-3", "remedies.r1.gamma=0.02")),
}
STEPS = 3_000
BARE = "remedies.r1=none"
OBJECTIVES = {
    "non-saturating": (),
    "minimax": ("objective=minimax",),
    "least-squares": ("objective=least-squares",),
    "hinge": ("objective=hinge",),
    "wasserstein": ("objective=wasserstein",),
    "relativistic": ("objective=relativistic",),
    "relativistic-average": ("objective=relativistic-average",),
    "f-divergence": ("objective=f-divergence", "objective.divergence=js"),
}


Variants = Mapping[str, tuple[tuple[str, ...], tuple[str, ...], int]]  # by name: families, settings, steps
HASTY = "optim.beta1=0.9"
STRONG = ("update.discriminator_steps=3", "optim.discriminator_lr=1e-2")
FREE = "remedies.r1.gamma=1e-3"
WIDE = ("generator.hidden=[512,512]", "discriminator.hidden=[512,512]")

WAYS: Mapping[str, Variants] = {
    "weak-discriminator": {
        "slow": (FAMILIES, (BARE, "optim.discriminator_lr=1e-6"), STEPS),
        "slower": (("ring", "grid"), (BARE, "optim.discriminator_lr=1e-5", "optim.lr=2e-3"), STEPS),
    },
    "small-discriminator": {
        "two": (PLANAR, (BARE, "discriminator.hidden=[2]"), STEPS),
        "four": (("ring", "moons", "grid", "checkerboard"), (BARE, "discriminator.hidden=[4]"), STEPS),
        "three-wide": (PICTURES, (BARE, "discriminator.hidden=[3]"), STEPS),
    },
    "strong-discriminator": {
        "minimax": (FAMILIES, (BARE, "objective=minimax", *STRONG), STEPS),
        "non-saturating": (("ring", "grid", *PICTURES), (BARE, "optim.lr=1e-5", *STRONG), STEPS),
    },
    "wild-generator": {
        "fast": (PICTURES, (BARE, "optim.lr=0.3", "optim.discriminator_lr=2e-4"), STEPS),
        "hasty": (("ring", "grid", *PICTURES), (BARE, HASTY, "optim.lr=3e-2", "optim.discriminator_lr=1e-3"), STEPS),
    },
    "no-remedy": {
        "bare": (("ring", "grid", *PICTURES), (BARE,), STEPS),
        "hasty": (("ring", "grid", *PICTURES), (BARE, HASTY, "optim.lr=5e-3", "update=simultaneous"), STEPS),
        "one-latent": (("ring", "grid", "digits"), (BARE, "generator.latent=1"), STEPS),
        "unbounded": (("moons", "grid", *PICTURES), (BARE, "objective=wasserstein", "optim.lr=5e-3"), STEPS),
    },
    "narrow": {
        "one-latent": (("ring", "grid"), (BARE, "generator.latent=1", "data.sigma=0.3"), STEPS),
        "four": (("grid",), (BARE, "generator.latent=1", "data.sigma=0.3", "data.side=2"), 4_000),
        "hasty": (
            ("ring", "moons", "spiral"),
            (BARE, HASTY, "data.sigma=0.2", "optim.lr=1e-2", "optim.discriminator_lr=1e-3"),
            STEPS,
        ),
    },
    "wrong-remedy": {
        "adaptive": (("dense-digits",), (BARE, "update=adaptive", "optim.lr=2e-4"), STEPS),
        "batch-norm": (("dense-digits",), (BARE, "generator.norm=batch", "discriminator.norm=batch"), STEPS),
        "packing": (("dense-digits",), (BARE, "remedies.packing.pictures=2", "optim.lr=2e-4"), STEPS),
    },
    "too-far": {
        "sgd": ((*PLANAR, "digits"), (BARE, "optim=sgd", "optim.lr=1"), STEPS),
        "momentum": ((*PLANAR, "digits"), (BARE, "optim=sgd", "optim.lr=0.1", "optim.momentum=0.9"), STEPS),
    },
    "tiny-data": {
        "twenty": (PICTURES, ("data.count=20", FREE), 4_000),
        "fifty": (PICTURES, ("data.count=50", FREE), 4_000),
        "still": (PICTURES, ("data.count=20", "optim.beta1=0.5"), 4_000),
        "wide": (PICTURES, ("data.count=50", *WIDE, "optim.lr=3e-4"), 4_000),
    },
    "cut-short": {
        "early": (FAMILIES, ("optim.lr=1e-4",), STEPS),
    },
}
FAULTS = ("one-class", "one-label", "copies", "dark")


@dataclass(frozen=True)
class Member:
    """One run: its family, the type of its planted fault ("sound" for none) and its settings.

    fault: the fault of its data, for the way "faulty-data"
    """

    family: str
    way: str
    variant: str
    words: tuple[str, ...]
    seed: int
    steps: int = STEPS
    fault: str = ""

    @property
    def name(self) -> str:
        """Return the unique name of the member."""
        return f"{self.way}-{self.family}-{self.variant}-{self.seed}".replace("--", "-")

    @property
    def is_fresh(self) -> bool:
        """Return whether the run was trained after the rules were frozen."""
        return self.seed in FRESH_SEEDS

    @property
    def recipe(self) -> str:
        """Return the recipe from which the run is derived."""
        return BASES[self.family][0]

    @property
    def settings(self) -> tuple[str, ...]:
        """Return all settings as command-line overrides."""
        _, base = BASES[self.family]
        common = ("optim.schedule=constant", "remedies.ema=none", "train.seconds=none", f"train.steps={self.steps}")
        quiet = (
            "record.sample_every=0",
            f"record.keep_every={self.steps // 2}",
            "engine.threads=1",
            "engine.device=cpu",
        )
        kernels = "engine.kernels=default"
        return (*base, *common, *quiet, kernels, f"seed={self.seed}", *self.words)


def members() -> Iterator[Member]:
    """Yield all members, fast runs first and short runs interspersed, so that a partial population covers all types."""
    for short, seed in zip_longest(reversed(SHORT), MORE):
        if short:
            yield from (_cut(member, SHORT[short]) for member in _of_seed(short) if member.family in PLANAR)
        yield from (member for member in _of_seed(seed) if _is_one_more(member))
    for seed, steps in SHORT.items():
        yield from (_cut(member, steps) for member in _of_seed(seed) if member.family in PICTURES)
    for seed in range(SEEDS):
        yield from _of_seed(seed)
    for seed, short in zip_longest(FRESH, FRESH_SHORT):
        yield from (member for member in _of_seed(seed) if _is_fresh(member))
        if short:
            yield from (_cut(member, FRESH_SHORT[short]) for member in _of_seed(short) if _is_fresh(member))


def _is_fresh(member: Member) -> bool:
    """Return whether a fresh run belongs to the population: 2-D points of the second half, sound or of a rare type.

    Each seed uses every other objective for sound runs; f-divergence is omitted, being equivalent to minimax.
    """
    if member.family not in PLANAR or member.family in FIRST_HALF:
        return False
    objectives = [name for name in OBJECTIVES if name != "f-divergence"][member.seed % 2 :: 2]
    return member.way in RARE or (member.way == "sound" and member.variant in objectives)


def _is_one_more(member: Member) -> bool:
    """Return whether an additional run uses points and is either sound or has a finding that is often missed."""
    if member.family not in PLANAR or (member.seed >= MORE[2] and member.family in FIRST_HALF):
        return False
    return member.way in RARE or (member.way == "sound" and member.family not in FIRST_HALF and member.seed < MORE[2])


def _of_seed(seed: int) -> Iterator[Member]:
    """Yield one run of each family and type of fault."""
    for family in FAMILIES:
        yield from _sound(family, seed)
        for way, variants in WAYS.items():
            for variant, (families, words, steps) in variants.items():
                if family in families:
                    yield Member(family, way, variant, words, seed, steps)
    for fault in FAULTS:
        yield Member("digits", "faulty-data", fault, (), seed, fault=fault)


def _cut(member: Member, steps: int) -> Member:
    """Return a copy of the member with the given, smaller number of steps."""
    return replace(member, variant=f"{member.variant}-{steps}", steps=steps)


def _sound(family: str, seed: int) -> Iterator[Member]:
    for objective, words in OBJECTIVES.items():
        yield Member(family, "sound", objective, words, seed, 4_000 if family in PLANAR else STEPS)
