"""Features that know no classes: alike everywhere, white on the data, and moved by every fault of a picture."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from ganarium.config.datasets import MnistConfig
from ganarium.config.synthetic import FiguresConfig, PointsConfig
from ganarium.core.errors import InputError
from ganarium.core.random_streams import Streams, normal
from ganarium.data.datasets import ImageSet
from ganarium.data.load import load_data
from ganarium.evaluation.features import cache
from ganarium.evaluation.features.base import Extractor
from ganarium.evaluation.features.random_convolutions import RandomConvolutions
from ganarium.metrics.frechet import frechet_distance

TRAIN = load_data(MnistConfig(count=2_000))
UNSEEN = load_data(MnistConfig(), "validation").images[:2_000]


@pytest.fixture(scope="module")
def extractor() -> RandomConvolutions:
    return RandomConvolutions(TRAIN)


@pytest.mark.slow
def test_over_the_data_features_are_white(extractor: RandomConvolutions):
    features = extractor.extract(TRAIN.images).features.double()
    assert features.shape == (2_000, 64)
    torch.testing.assert_close(features.mean(0), torch.zeros(64).double(), atol=1e-4, rtol=0)
    torch.testing.assert_close(torch.cov(features.T), torch.eye(64).double(), atol=1e-3, rtol=0)


@pytest.mark.slow
@pytest.mark.parametrize("batch", [1, 7, 64])
def test_each_picture_is_read_by_itself(extractor: RandomConvolutions, batch: int):
    torch.testing.assert_close(
        extractor.extract(UNSEEN[:64], batch).features, extractor.extract(UNSEEN[:64]).features, rtol=1e-4, atol=1e-4
    )


FAULTS = {
    "noise": lambda x: (x + 16 * Streams(0).at("noise", normal(*x.shape), 0)).clamp(0, 255).byte(),
    "blur": lambda x: F.avg_pool2d(x.float(), 3, 1, 1).round().byte(),
    "turned over": lambda x: x.flip(2),
    "moved": lambda x: x.roll(3, 3),
    "thicker": lambda x: F.max_pool2d(x.float(), 3, 1, 1).byte(),
    "one over and over": lambda x: x[:10].repeat(200, 1, 1, 1),
    "half of them": lambda x: x[:1000].repeat(2, 1, 1, 1),
}


@pytest.fixture(scope="module")
def distance(extractor: RandomConvolutions):
    real = extractor.extract(TRAIN.images).features
    return lambda pictures: frechet_distance(real, extractor.extract(pictures).features)


@pytest.fixture(scope="module")
def clean(distance) -> float:
    return distance(UNSEEN)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_raises_the_distance(distance, clean: float, fault: str):
    assert distance(FAULTS[fault](UNSEEN)) > 1.3 * clean


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings", [PointsConfig(count=50), FiguresConfig(count=50), PointsConfig(count=50, size=16)], ids=str
)
def test_any_size_and_number_of_channels_is_read(settings):
    data = load_data(settings)
    features = RandomConvolutions(data).extract(data.images).features
    assert features.shape == (50, 49)
    assert features.isfinite().all()


@pytest.mark.slow
def test_the_name_is_that_of_the_data_it_was_fitted_on(extractor: RandomConvolutions):
    assert extractor.name == RandomConvolutions(load_data(MnistConfig(count=2_000))).name
    assert extractor.name != RandomConvolutions(load_data(MnistConfig(count=1_999))).name


def test_too_small_pictures_and_too_few_are_refused():
    with pytest.raises(InputError, match="at least 16×16 pixels"):
        RandomConvolutions(replace(TRAIN, images=TRAIN.images[..., :15]))
    with pytest.raises(InputError, match="two images"):
        RandomConvolutions(replace(TRAIN, images=TRAIN.images[:1]))


def test_alike_pictures_do_not_break_it():
    blank = replace(TRAIN, images=TRAIN.images[:40] * 0)
    assert RandomConvolutions(blank).extract(UNSEEN[:5]).features.isfinite().all()


class Counting(Extractor):
    """Reads a picture's mean, and counts how often it is asked."""

    name, shape = "counting-00000000", (1, 28, 28)

    def __init__(self) -> None:
        self.calls = 0

    def extract(self, images: Tensor, batch: int = 500) -> cache.ExtractorOutput:
        self.calls += 1
        return cache.ExtractorOutput(images.float().mean((1, 2, 3))[:, None] + batch * 0)


@pytest.fixture
def a_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GANARIUM_CACHE", str(tmp_path))
    monkeypatch.setattr(cache, "_in_memory", {})
    return tmp_path


def reread(extractor: Counting, data: ImageSet, monkeypatch) -> cache.ExtractorOutput:
    """As another process would."""
    monkeypatch.setattr(cache, "_in_memory", {})
    return cache.cached_features(extractor, data)


def test_a_data_set_is_read_once_for_all_processes(a_cache, monkeypatch):
    extractor = Counting()
    first = cache.cached_features(extractor, TRAIN)
    assert cache.cached_features(extractor, TRAIN) is first
    assert torch.equal(reread(extractor, TRAIN, monkeypatch).features, first.features)
    assert extractor.calls == 1
    reread(extractor, replace(TRAIN, images=TRAIN.images[:99]), monkeypatch)
    assert extractor.calls == 2
    assert len(list(a_cache.iterdir())) == 2


@pytest.mark.parametrize("damage", [b"", b"short", None])
def test_a_damaged_reading_is_made_again(a_cache, monkeypatch, damage: bytes | None):
    extractor = Counting()
    first = cache.cached_features(extractor, TRAIN)
    (file,) = a_cache.iterdir()
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]) if damage is None else damage)
    assert torch.equal(reread(extractor, TRAIN, monkeypatch).features, first.features)
    assert extractor.calls == 2
    assert file.read_bytes() == content


def test_where_nothing_can_be_kept_everything_is_still_read(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("GANARIUM_CACHE", str(tmp_path / "file"))
    assert len(reread(Counting(), TRAIN, monkeypatch)) == 2_000
