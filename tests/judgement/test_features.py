import json
from copy import deepcopy
from dataclasses import replace
from hashlib import sha256
from importlib.resources import files

import pytest
import torch
from safetensors import safe_open

from ganarium.core.errors import InputError, UnknownNameError
from ganarium.core.settings.data import Mnist
from ganarium.core.streams import Streams, normal
from ganarium.data.mnist import load
from ganarium.judgement.features import load_extractor
from ganarium.networks.classifier import Classifier

WEIGHTS = files("ganarium.judgement") / "weights" / "mnist.safetensors"


@pytest.fixture(scope="module")
def test_split():
    return load(Mnist(), "test")


@pytest.fixture(scope="module")
def reading(test_split):
    return load_extractor().read(test_split.images)


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
    alone = load_extractor().read(test_split.images[:64], batch=batch)
    torch.testing.assert_close(alone.features, reading.features[:64], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(alone.probabilities, reading.probabilities[:64], rtol=1e-5, atol=1e-5)


def test_neighbours_in_a_batch_do_not_matter(reading, test_split):
    backwards = load_extractor().read(test_split.images[:64].flip(0))
    torch.testing.assert_close(backwards.features.flip(0), reading.features[:64], rtol=1e-5, atol=1e-5)


def test_reading_in_float64_as_on_a_graphics_card_changes_nothing(reading, test_split):
    extractor = load_extractor()
    exact = replace(extractor, net=deepcopy(extractor.net).double(), dtype=torch.float64).read(test_split.images[:64])
    assert exact.features.dtype == exact.probabilities.dtype == torch.float32
    torch.testing.assert_close(exact.features, reading.features[:64], rtol=1e-5, atol=1e-5)


def test_full_ink_is_one_and_the_ground_is_nought(reading, test_split):
    net, pictures = load_extractor().net, test_split.images[:64].double().div(255).float()
    torch.testing.assert_close(reading.features[:64], net.features(pictures), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(reading.probabilities[:64], net(pictures).softmax(1), rtol=1e-5, atol=1e-5)


def test_no_pictures_make_an_empty_reading(test_split):
    empty = load_extractor().read(test_split.images[:0])
    assert empty.features.shape == (0, 64)
    assert empty.labels.shape == (0,)


def test_the_name_holds_the_hash_of_the_weight_file():
    name = f"mnist-{sha256(WEIGHTS.read_bytes()).hexdigest()[:8]}"
    assert load_extractor().name == name
    assert load_extractor(name).name == name


def test_another_extractor_is_not_taken_for_this_one():
    with pytest.raises(UnknownNameError, match=r"no extractor named 'mnist-00000000'.*mnist"):
        load_extractor("mnist-00000000")


def test_the_weight_file_is_small_and_says_where_it_comes_from(test_split):
    assert len(WEIGHTS.read_bytes()) < 1_000_000
    with safe_open(WEIGHTS, "pt") as file:
        card = json.loads(file.metadata()["card"])
    assert card["data_hash"]["test"] == test_split.hash
    assert card["test_accuracy"] >= 0.994
    assert card["command"].startswith("python benchmarks/train_classifier.py")


def test_loads_once_and_learns_nothing():
    extractor = load_extractor()
    assert load_extractor() is extractor
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
    with pytest.raises(InputError, match="reads uint8 pictures"):
        load_extractor().read(images)


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
