"""Scores of pictures: real ones score as real ones do, and every planted fault moves its own measure the right way."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from ganarium.config.datasets import MnistConfig
from ganarium.config.synthetic import PointsConfig
from ganarium.core.errors import InputError
from ganarium.data.datasets import ImageSet
from ganarium.data.load import load_data
from ganarium.data.mnist import load
from ganarium.evaluation import images, measures
from ganarium.evaluation.evaluate import evaluate_samples
from ganarium.evaluation.features.cache import cached_features
from ganarium.evaluation.features.classifier import FrozenClassifier, load_classifier
from ganarium.evaluation.features.random_convolutions import RandomConvolutions
from ganarium.evaluation.images import extractors_for, pairs_within, score_images
from ganarium.evaluation.samples import Generated, ImageReference, extract_features, shuffled
from ganarium.evaluation.score import Score
from ganarium.metrics import mean_discrepancy, nearest_neighbours, precision_recall, sliced
from ganarium.metrics.histograms import histogram_kl

pytestmark = pytest.mark.slow

COUNT = 1000
OF_ONE_SET = {  # what depends on one set of rows alone, and the modules that call it
    "kth_distances": (measures, precision_recall),
    "mean_within": (measures, mean_discrepancy),
    "sorted_along": (measures, sliced),
    "pairwise_similarity": (images,),
}


def first(data: ImageSet, n: int, start: int = 0) -> ImageSet:
    assert data.labels is not None
    return replace(data, images=data.images[start : start + n], labels=data.labels[start : start + n])


@pytest.fixture(scope="module")
def real() -> ImageReference:
    """A thousand digits to learn from, and a thousand held out."""
    return ImageReference(
        first(load(MnistConfig(count=COUNT), "train"), COUNT), first(load(MnistConfig(), "test"), COUNT, 5000), "test"
    )


@pytest.fixture(scope="module")
def unseen() -> ImageSet:
    """Real digits that play the generated ones, to be spoilt."""
    return first(load(MnistConfig(), "validation"), COUNT)


def key(name: str) -> str:
    """A score's name without hashes: the measure alone for the first reader."""
    measure, reader = name.split("/")
    return f"{measure}/random" if reader.startswith("random") else measure


@pytest.fixture(scope="module")
def judged(real: ImageReference):
    def judge(images: Tensor, asked: Tensor | None = None, by: ImageReference = real) -> dict[str, Score]:
        return {key(score.name): score for score in score_images(Generated(images, asked), by)}

    return judge


@pytest.fixture(scope="module")
def clean(judged, unseen) -> dict[str, Score]:
    return judged(unseen.images, unseen.labels)


def test_there_is_a_score_of_every_kind(clean):
    assert set(clean) == {
        *(
            "frechet",
            "frechet-infinity",
            "kernel-distance",
            "two-sample",
            "sliced",
            "precision",
            "recall",
            "density",
            "coverage",
        ),
        *("authenticity", "nearer-to-training", "copy-rate", "class-kl", "missing-classes", "label-accuracy"),
        *("classifier-score", "marginal-entropy", "conditional-entropy", "confidence"),
        *("frechet/random", "kernel-distance/random", "two-sample/random", "similarity"),
    }


def test_real_digits_score_near_their_floors(clean):
    assert clean["frechet"].value == pytest.approx(clean["frechet"].floor, rel=0.5)
    assert clean["frechet/random"].value == pytest.approx(clean["frechet/random"].floor, rel=0.5)
    assert clean["class-kl"].value < 3 * clean["class-kl"].floor
    assert clean["missing-classes"].value == clean["missing-classes"].floor == 0
    for name in ("confidence", "label-accuracy", "precision", "recall", "coverage", "authenticity", "similarity"):
        assert clean[name].value == pytest.approx(clean[name].floor, abs=0.07), name
    assert clean["copy-rate"].floor == 0
    assert clean["nearer-to-training"].floor == 0.5
    assert clean["label-accuracy"].floor > 0.99


@pytest.mark.parametrize("share", [0.01, 0.05, 0.2, 1.0])
def test_planted_copies_are_counted(real, unseen, judged, clean, share: float):
    """Before the pictures have gone through anything that changes them."""
    n = round(share * COUNT)
    spoilt = judged(torch.cat([real.train.images[:n], unseen.images[n:]]))
    assert spoilt["copy-rate"].value == pytest.approx(share, abs=0.005)
    assert spoilt["authenticity"].value == pytest.approx((1 - share) * clean["authenticity"].value, abs=0.03)
    assert spoilt["nearer-to-training"].value > clean["nearer-to-training"].value


def test_one_picture_over_and_over_looks_alike_and_covers_nothing(unseen, judged, clean):
    collapsed = judged(unseen.images[:10].repeat(100, 1, 1, 1))
    assert collapsed["similarity"].value > 1.1 * collapsed["similarity"].floor
    assert collapsed["recall"].value < 0.2 * clean["recall"].value
    assert collapsed["coverage"].value < 0.2 * clean["coverage"].value


@pytest.fixture
def counted(monkeypatch) -> Counter[tuple[str, bytes]]:
    """How often what depends on one set of rows alone is computed, by its name and the rows."""
    calls: Counter[tuple[str, bytes]] = Counter()
    for name, owners in OF_ONE_SET.items():
        original = getattr(owners[0], name)

        def count(rows: Tensor, *others, name=name, original=original):
            calls[name, in_bytes(rows)] += 1
            return original(rows, *others)

        for owner in owners:
            monkeypatch.setattr(owner, name, count)
    return calls


def in_bytes(rows: Tensor) -> bytes:
    return rows.double().contiguous().numpy().tobytes()


def test_an_evaluation_computes_what_depends_on_real_pictures_alone_once(counted, unseen, tmp_path, monkeypatch):
    monkeypatch.setenv("GANARIUM_CACHE", str(tmp_path))
    by = ImageReference(
        first(load(MnistConfig(count=400), "train"), 300), first(load(MnistConfig(), "test"), 300, 7000), "test"
    )
    evaluate_samples(Generated(unseen.images[:120]), by, controls=True)
    features = [cached_features(extractor, by.held_out).features for extractor in extractors_for(by.train)]
    real = [*map(in_bytes, [*features, *(shuffled(rows, "real") for rows in features), by.held_out.images])]
    of_real = {key: calls for key, calls in counted.items() if any(key[1] in rows for rows in real)}
    assert {name for name, _ in of_real} == set(OF_ONE_SET)
    assert set(of_real.values()) == {1}


def test_a_score_by_random_features_reads_only_as_many_training_pictures_as_stand_in(real, unseen, monkeypatch):
    read = Counter()

    def count(extractor: RandomConvolutions, images: Tensor, *others):
        read[len(images)] += 1
        return original(extractor, images, *others)

    original = RandomConvolutions.extract
    monkeypatch.setattr(RandomConvolutions, "extract", count)
    fewer = first(load(MnistConfig(count=900), "train"), 900)
    list(score_images(Generated(unseen.images[:150]), replace(real, train=fewer)))
    assert len(fewer) not in read
    assert read[150] == 2  # those that are judged, and those that stand in for them


def test_a_quick_look_takes_one_reader_and_few_measures(real, unseen):
    names = [score.name for score in score_images(Generated(unseen.images), replace(real, quick=True))]
    reader = load_classifier().name
    quick = (
        "frechet",
        "class-kl",
        "missing-classes",
        "classifier-score",
        "marginal-entropy",
        "conditional-entropy",
        "confidence",
    )
    assert names == [f"{name}/{reader}" for name in quick]


def test_pictures_without_a_classifier_are_judged_without_labels():
    splits = {split: load_data(PointsConfig(count=300, size=16), split) for split in ("train", "test")}
    by = ImageReference(splits["train"], replace(splits["test"], images=splits["test"].images[:300]), "test")
    scores = list(score_images(Generated(splits["train"].images), by))
    assert {score.name.split("/")[0] for score in scores} >= {"frechet", "recall", "copy-rate", "similarity"}
    assert not any(score.counts for score in scores)
    assert {score.name.split("/")[1].rsplit("-", 1)[0] for score in scores} == {"random-conv", "ssim"}


@pytest.mark.parametrize("n", [1, 7, 40])
def test_pairs_within_classes_are_of_one_class_and_different(n: int):
    labels = torch.arange(300) % n
    pairs = pairs_within(labels)
    assert (labels[pairs[:, 0]] == labels[pairs[:, 1]]).all()
    assert (pairs[:, 0] != pairs[:, 1]).all()
    assert len(pairs.unique()) == pairs.numel()
    assert len(pairs) == sum(count // 2 for count in labels.bincount().tolist())


def test_class_scores_follow_from_their_counts(real, clean):
    due = real.held_out.labels.bincount()
    kl = clean["class-kl"]
    assert kl.value == histogram_kl(torch.tensor(kl.counts), due) != histogram_kl(due, torch.tensor(kl.counts))
    assert kl.floor == 9 / (2 * COUNT)


def test_wrong_labels_are_noticed_by_their_score_alone(judged, unseen, clean):
    wrong = torch.where(torch.arange(COUNT) % 4 == 0, (unseen.labels + 1) % 10, unseen.labels)
    spoilt = judged(unseen.images, wrong)
    assert spoilt["label-accuracy"].value == pytest.approx(0.75 * clean["label-accuracy"].value, abs=0.01)
    for name in ("frechet", "class-kl", "missing-classes", "confidence"):
        assert spoilt[name] == clean[name]


def test_without_asked_labels_there_is_no_such_score(judged, unseen, clean):
    plain = judged(unseen.images)
    assert set(clean) - set(plain) == {"label-accuracy"}


def test_every_score_names_its_reader_and_says_what_it_is_and_by_what(real, clean):
    readers = {score.name.partition("/")[2] for score in clean.values()}
    assert load_classifier().name in readers
    assert len(readers) == 3
    for score in clean.values():
        assert score.n == COUNT
        assert score.against == f"mnist/test/{real.held_out.hash[:8]}"
        assert any(word in score.note for word in ("better", "best", "expected"))
        assert score.interval is None or score.interval[0] <= score.value <= score.interval[1]


def test_a_score_is_plain_data(clean):
    read_back = json.loads(json.dumps(clean["class-kl"].as_dict()))
    assert sum(read_back.pop("counts")) == COUNT
    assert set(read_back) == set(clean["frechet"].as_dict())
    assert read_back["value"] == clean["class-kl"].value


def test_errors_are_what_other_samples_differ_by(real, judged):
    """Of ten disjoint sets of real digits, scores differ about as much as their errors say."""
    validation = load(MnistConfig(), "validation").images
    by = replace(real, quick=True)
    some = [judged(validation[i * COUNT : (i + 1) * COUNT], None, by) for i in range(10)]
    for name in ("frechet", "confidence", "classifier-score", "conditional-entropy"):
        values = torch.tensor([scores[name].value for scores in some], dtype=torch.float64)
        errors = torch.tensor([scores[name].error for scores in some], dtype=torch.float64)
        assert 0.4 < values.std() / errors.mean() < 2, name


def test_real_splits_are_read_once(unseen, judged, monkeypatch):
    judged(unseen.images[:100])
    read, original = [], FrozenClassifier.extract
    monkeypatch.setattr(
        FrozenClassifier,
        "extract",
        lambda self, images, *more: read.append(len(images)) or original(self, images, *more),
    )
    judged(unseen.images[:100])
    assert read == [100]


def test_distances_within_the_real_pictures_are_found_by_another_process(unseen, tmp_path, monkeypatch):
    monkeypatch.setenv("GANARIUM_CACHE", str(tmp_path))
    within: list[int] = []  # how many rows were compared with one another

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(rows: Tensor, others: Tensor, *rest: int) -> Any:
            within.extend([len(rows)] if rows is others else [])
            return function(rows, others, *rest)

        return call

    for module, name in ((nearest_neighbours, "distance_blocks"), (mean_discrepancy, "_sum_of_kernels")):
        monkeypatch.setattr(module, name, counted(getattr(module, name)))
    real = ImageReference(
        first(load(MnistConfig(count=400), "train"), 400), first(load(MnistConfig(), "test"), 390), "test"
    )
    found = []
    for start in (0, 350):
        within.clear()
        sides = extract_features(
            load_classifier("mnist"), Generated(unseen.images[start : start + 350]), real, whole=True
        )
        for measure in (measures.kernel, measures.manifold):
            measure(sides)
        found.append((within.count(390) > 0, within.count(350) > 0))
    assert found == [(True, True), (False, True)]


def test_other_real_pictures_are_not_taken_for_those_already_read(real, unseen, judged):
    darker = replace(real, held_out=replace(real.held_out, images=real.held_out.images // 2), quick=True)
    distances = [judged(unseen.images, None, by)["frechet"].floor for by in (replace(real, quick=True), darker)]
    assert distances[1] > 2 * distances[0]


def test_the_floor_takes_as_many_pictures_as_were_generated(judged, unseen):
    few = judged(unseen.images[:200])["frechet"]
    many = judged(unseen.images)["frechet"]
    assert few.floor > 1.5 * many.floor


@pytest.mark.parametrize("asked", [torch.zeros(3, dtype=torch.int64), torch.zeros(COUNT)])
def test_refuses_labels_that_do_not_fit_the_pictures(judged, unseen, asked):
    with pytest.raises(InputError, match="one integer per image"):
        judged(unseen.images, asked)


def test_refuses_a_reference_without_labels(real, unseen, judged):
    with pytest.raises(InputError, match="labelled split"):
        judged(unseen.images, None, replace(real, held_out=replace(real.held_out, labels=None), quick=True))
