"""Classifiers that are shipped: what they read, and where they come from."""

import json
from copy import deepcopy
from hashlib import sha256
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from ganarium.config.datasets import MnistConfig
from ganarium.core.errors import InputError, UnknownNameError
from ganarium.core.random_streams import Streams, normal
from ganarium.data.mnist import load
from ganarium.evaluation.features.classifier import FrozenClassifier, load_classifier
from ganarium.networks.classifier import Classifier

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
WEIGHTS = ROOT / "src/ganarium/evaluation/weights/mnist.safetensors"
RESULTS = ROOT / "results/classifiers"


@pytest.fixture(scope="module")
def test_split():
    return load(MnistConfig(), "test")


@pytest.fixture(scope="module")
def reading(test_split):
    return load_classifier().extract(test_split.images)


def test_reads_994_of_1000_unseen_digits_right(reading, test_split):
    assert (reading.labels == test_split.labels).double().mean() >= 0.994


def test_a_reading_has_few_finite_features_and_probabilities(reading):
    n, d = reading.features.shape
    assert n == 10_000
    assert d <= 128
    assert reading.features.dtype == reading.probabilities.dtype == torch.float32
    assert reading.features.isfinite().all()
    assert (reading.features.std(0) > 0).sum() >= 48  # features that never move measure nothing
    torch.testing.assert_close(reading.probabilities.sum(1), torch.ones(n))
    assert reading.labels.dtype == torch.int64
    assert torch.equal(reading.labels, reading.probabilities.argmax(1))


@pytest.mark.parametrize("batch", [1, 7, 64])
def test_each_picture_is_read_by_itself(reading, test_split, batch):
    alone = load_classifier().extract(test_split.images[:64], batch=batch)
    torch.testing.assert_close(alone.features, reading.features[:64], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(alone.probabilities, reading.probabilities[:64], rtol=1e-5, atol=1e-5)


def test_neighbours_in_a_batch_do_not_matter(reading, test_split):
    backwards = load_classifier().extract(test_split.images[:64].flip(0))
    torch.testing.assert_close(backwards.features.flip(0), reading.features[:64], rtol=1e-5, atol=1e-5)


def test_reading_in_float64_as_on_a_graphics_card_changes_nothing(reading, test_split):
    net = deepcopy(load_classifier().net).double()
    exact = FrozenClassifier("exact", net, torch.device("cpu"), torch.float64).extract(test_split.images[:64])
    assert exact.features.dtype == exact.probabilities.dtype == torch.float32
    torch.testing.assert_close(exact.features, reading.features[:64], rtol=1e-5, atol=1e-5)


def test_full_ink_is_one_and_the_ground_is_nought(reading, test_split):
    net, pictures = load_classifier().net, test_split.images[:64].double().div(255).float()
    torch.testing.assert_close(reading.features[:64], net.features(pictures), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(reading.probabilities[:64], net(pictures).softmax(1), rtol=1e-5, atol=1e-5)


def test_no_pictures_make_an_empty_reading(test_split):
    empty = load_classifier().extract(test_split.images[:0])
    assert empty.features.shape == (0, 64)
    assert empty.labels.shape == (0,)


def test_there_is_no_classifier_for_data_that_have_none():
    with pytest.raises(UnknownNameError, match=r"no classifier named 'mnits'.*mnist"):
        load_classifier("mnits")


@pytest.mark.parametrize(("data", "least"), [("mnist", 0.994), ("fashion", 0.92)])
def test_each_weight_file_is_small_and_says_where_it_comes_from(data: str, least: float):
    weights = WEIGHTS.with_name(f"{data}.safetensors")
    assert len(weights.read_bytes()) < 1_000_000
    with safe_open(weights, "pt") as file:
        card = json.loads(file.metadata()["card"])
    assert card["data"] == data
    assert card["test_accuracy"] >= least
    assert card["command"].startswith("python benchmarks/train_classifier.py")
    assert load_classifier(data).name == f"{data}-{sha256(weights.read_bytes()).hexdigest()[:8]}"
    written = json.loads((RESULTS / f"{data}.json").read_text())
    assert {key: written[key] for key in card} == card


def test_the_digits_classifier_was_scored_on_the_test_split_that_we_ship(test_split):
    with safe_open(WEIGHTS, "pt") as file:
        assert json.loads(file.metadata()["card"])["data_hash"]["test"] == test_split.hash


def test_loads_once_and_learns_nothing():
    extractor = load_classifier()
    assert load_classifier() is extractor
    assert not any(weight.requires_grad for weight in extractor.net.parameters())
    assert not extractor.net.training


@pytest.mark.parametrize(
    "images",
    [
        torch.zeros(2, 1, 28, 28),
        torch.zeros(2, 28, 28, dtype=torch.uint8),
        torch.zeros(2, 3, 28, 28, dtype=torch.uint8),
        torch.zeros(2, 1, 32, 32, dtype=torch.uint8),
    ],
)
def test_refuses_what_it_cannot_read(images):
    with pytest.raises(InputError, match="needs uint8 images"):
        load_classifier().extract(images)


def test_folding_the_batch_norms_changes_no_answer():
    net = Classifier(normed=True)
    pictures = Streams(0).at("pictures", normal(32, 1, 28, 28), 0)
    with torch.no_grad():
        for _ in range(3):
            net(2 * pictures + 1)  # moves the batch statistics away from their neutral values
        folded = net.folded()
        assert all(layer.training for layer in net.modules())
        torch.testing.assert_close(folded(pictures), net.eval()(pictures), rtol=1e-4, atol=1e-4)
    assert not any("Norm" in type(layer).__name__ for layer in folded.modules())
