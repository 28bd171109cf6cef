"""No score, floor, control or asked-for label depends on the order in which data are stored."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from ganarium.config.datasets import DATA, MnistConfig
from ganarium.config.overrides import data_settings
from ganarium.data.checks.near_duplicates import spread
from ganarium.data.checks.sketches import sketcher
from ganarium.data.datasets import ImageSet, PairSet, Split, random_rows
from ganarium.data.files.arrays import image_set
from ganarium.data.load import load_data
from ganarium.data.mnist import load
from ganarium.evaluation.controls import controls_for
from ganarium.evaluation.evaluate import evaluate_generator, evaluate_samples
from ganarium.evaluation.features import random_convolutions
from ganarium.evaluation.features.random_convolutions import RandomConvolutions
from ganarium.evaluation.reference import load_reference
from ganarium.evaluation.samples import Generated, ImageReference, PairReference, Reference, Samples, Translated
from ganarium.evaluation.score import Score
from ganarium.evaluation.stacked import score_stacked_digits
from ganarium.training.build import assemble
from ganarium.training.sampler import Sampler

N, TRAINING, HELD_OUT = 200, 800, 400
# The most that two random choices of real samples differ by, in scores that have no error
SLACK = {"missing-classes": 0.5, "modes": 10.0, "modes-half-full": 0.0}


def brightness(data: ImageSet | PairSet) -> Tensor:
    pictures = data.images if isinstance(data, ImageSet) else data.x
    return pictures.flatten(1).float().mean(1)


def by_class(data: ImageSet) -> ImageSet:
    """As a folder with classes comes; without labels from dark to bright."""
    return data.at((brightness(data) if data.labels is None else data.labels).sort(stable=True).indices)


SMALLER = {"figures": ["data.size=32"]}
SEEDS = {"train": 0, "validation": 1, "test": 2}  # a drawn set's own held-out splits are 10,000 pictures


def few(kind: str, split: Split, n: int, *, labelled: bool = True) -> ImageSet:
    drawn = kind != "mnist"
    words = [f"data={kind}", f"data.count={n}", f"data.seed={SEEDS[split]}", *SMALLER.get(kind, [])]
    found = load_data(data_settings(words)) if drawn else load(MnistConfig(count=n), split)
    assert isinstance(found, ImageSet)
    found = found.at(random_rows(len(found), n))
    if kind == "figures":  # as pictures of a user's, which no reader of drawings knows
        found = replace(found, name="folder", truth={})
    return found if labelled else replace(found, labels=None, classes=())


SETS = {
    "digits": ("mnist", True),
    "drawings with labels": ("points", True),
    "drawings without labels": ("points", False),
    "drawings in colour": ("figures", False),
    "lines": ("lines", True),
    "polygons": ("polygons", True),
    "puzzles": ("puzzles", True),
}


LONG = ("lines", "polygons", "puzzles")


@pytest.fixture(
    scope="module", params=[pytest.param(name, marks=[pytest.mark.exhaustive] if name in LONG else []) for name in SETS]
)
def sides(request: pytest.FixtureRequest) -> tuple[Generated, ImageReference]:
    """Samples, asked for by class where there are classes, and what they are judged by."""
    kind, labelled = SETS[request.param]
    train, held_out = few(kind, "train", TRAINING, labelled=labelled), few(kind, "test", HELD_OUT, labelled=labelled)
    made = few(kind, "validation", N, labelled=labelled)
    return Generated(made.images, made.labels), ImageReference(train, held_out, "test")


def named(scores: Iterable[Score]) -> dict[str, Score]:
    """By name, without the hash of the data that label-free features were fitted on."""
    return {
        "-".join(score.name.split("-")[:-1]) if "random-conv" in score.name else score.name: score for score in scores
    }


def differences(one: Iterable[Score], other: Iterable[Score]) -> list[str]:
    """Which numbers of two lists of scores differ by more than two random choices of real samples do."""
    first, second = named(one), named(other)
    assert first.keys() == second.keys()
    found = []
    for name, score in first.items():
        again = second[name]
        for what, a, b in [
            ("value", score.value, again.value),
            ("floor", score.floor, again.floor),
        ]:
            if a is not None and abs(a - b) > allowed(name, score, again, a):
                found.append(f"{name} {what}: {a} and {b}")
        for control in score.controls.keys() - {"collapsed"}:  # which is made of one picture of each class
            a, b = score.controls[control], again.controls[control]
            if abs(a - b) > max(allowed(name, score, again, a), 0.15 + 0.25 * abs(a)):
                found.append(f"{name} {control}: {a} and {b}")
    return found


def allowed(name: str, score: Score, again: Score, value: float) -> float:
    measure = name.partition("/")[0]
    if score.error is None or again.error is None:
        return SLACK.get(measure, 0.1 + 0.1 * abs(value))
    return 5 * max(score.error, again.error) + 0.25 * abs(value) * (measure in DISTANCES) + 1e-6


DISTANCES = ("frechet", "frechet-infinity", "kernel-distance", "sliced", "class-kl")


@pytest.mark.slow
def test_all_scores_of_pictures_their_floors_and_controls_are_those_of_sorted_data(
    sides: tuple[Generated, ImageReference],
):
    made, by = sides
    ordered = replace(by, train=by_class(by.train), held_out=by_class(by.held_out))
    assert differences(evaluate_samples(made, by, controls=True), evaluate_samples(made, ordered, controls=True)) == []


@pytest.mark.slow
def test_scores_of_stacks_are_those_of_sorted_data():
    train, held_out, made = (load_data(DATA["stacked"].settings(count=n, seed=n)) for n in (N, 5 * N, N))
    assert isinstance(train, ImageSet)
    assert isinstance(held_out, ImageSet)
    assert isinstance(made, ImageSet)
    by, samples = ImageReference(train, held_out, "test"), Generated(made.images)
    ordered = replace(by, held_out=held_out.at(torch.from_numpy(held_out.truth["digits"][:, 0]).sort().indices))
    assert differences(score_stacked_digits(samples, by), score_stacked_digits(samples, ordered)) == []


@pytest.mark.slow
def test_each_number_of_stacks_has_an_error_of_its_own():
    train, held_out, made = (load_data(DATA["stacked"].settings(count=N, seed=seed)) for seed in (0, 1, 2))
    assert isinstance(train, ImageSet)
    assert isinstance(held_out, ImageSet)
    assert isinstance(made, ImageSet)
    scores = named(score_stacked_digits(Generated(made.images), ImageReference(train, held_out, "test")))
    errors = [score.error for name, score in scores.items() if name.startswith("mode-kl")]
    assert len(set(errors)) == len(errors) == 3


@pytest.mark.slow
def test_translations_are_scored_by_pairs_of_every_kind_however_they_are_sorted():
    by = load_reference(DATA["pairs"].settings(count=20))
    assert isinstance(by, PairReference)
    ordered = replace(by, held_out=by.held_out.at(brightness(by.held_out).sort().indices))
    scores = [
        evaluate_samples(Translated({way: left for way, (left, _) in each.directions(N).items()}), each, controls=True)
        for each in (by, ordered)
    ]
    assert differences(*scores) == []


def of_three_classes() -> ImageSet:
    """Of unequal classes, sorted as folders are: 1,000, 600 and 293 pictures."""
    labels = torch.tensor([0] * 1_000 + [1] * 600 + [2] * 293)
    return image_set(torch.zeros(1_893, 1, 16, 16, dtype=torch.uint8), labels, ("a", "b", "c"))


def test_labels_asked_for_follow_the_shares_of_sorted_classes(tiny, monkeypatch):
    train = of_three_classes()
    experiment = tiny("game.conditional=true")
    state = assemble(experiment, train, torch.device("cpu")).tensors()
    asked: list[Tensor | None] = []

    def evaluated(made: Samples, _reference: Reference, *, controls: bool) -> list[Score]:
        assert isinstance(made, Generated)
        assert not controls
        asked.append(made.requested)
        return []

    sampler = Sampler(experiment, train.shape, train.classes, state, 0)
    monkeypatch.setattr("ganarium.evaluation.evaluate.evaluate_samples", evaluated)
    for n in (100, 600, 3 * 1_893):
        evaluate_generator(sampler, ImageReference(train, train, "test"), n=n)
    assert asked[0] is not None
    assert asked[1] is not None
    assert asked[2] is not None
    shares = asked[1].bincount(minlength=3) / 600
    assert shares.tolist() == pytest.approx([1_000 / 1_893, 600 / 1_893, 293 / 1_893], abs=0.06)
    assert asked[1][:100].equal(asked[0])
    assert asked[2].bincount().tolist() == [3_000, 1_800, 879]


@pytest.mark.slow
def test_features_without_labels_are_fitted_on_all_kinds_of_sorted_data(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(random_convolutions, "FITTED_ON", 300)
    train = few("points", "train", 900)
    width = [RandomConvolutions(each).extract(train.images).features.double() for each in (train, by_class(train))]
    for features in width:
        assert features.mean(0).abs().max() < 0.25
        assert features.var(0).median() == pytest.approx(1, abs=0.3)


def test_a_controls_pictures_have_all_classes_of_sorted_data():
    made, by = (
        Generated(few("points", "train", 150).images),
        ImageReference(by_class(few("points", "train", 300)), few("points", "test", 1), "test"),
    )
    collapsed_ = controls_for(made, by)["collapsed"]()
    assert isinstance(collapsed_, Generated)
    assert len(collapsed_.samples.unique(dim=0)) >= 9  # of which one is blank


def test_the_spread_and_the_sketch_of_a_set_see_all_classes_that_come_in_turns():
    """Rows at equal distances would all be of one class, or of two."""
    dark = torch.zeros(20_000, 1, 16, 16, dtype=torch.uint8)
    dark[1::2] = 200
    assert spread(dark) == pytest.approx(100, rel=0.01)
    assert sketcher(dark)(dark[:2])[:, 0].abs().min() > 10
