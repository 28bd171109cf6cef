"""Generated pictures go a way that leaves no trace, and a classifier would see one."""

from collections import Counter
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.stats import mannwhitneyu

from ganarium.config.synthetic import PointsConfig, PuzzlesConfig
from ganarium.core.random_streams import Streams, normal
from ganarium.data.checks.processing_traces import JPEG, by_place, neighbours, traces
from ganarium.data.checks.round_trip import (
    MOST,
    auc,
    band,
    distinguishable,
    generated_output_path,
    round_trip,
    sampled_rows,
)
from ganarium.data.datasets import ImageSet
from ganarium.data.synthetic import plus_marks, puzzles

DIGITS = ImageSet("digits", torch.zeros(0), None, (), card=None)
ALL_BYTES = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)


@pytest.fixture(scope="module")
def many(mnist):
    return mnist.images[:2000]


def resampled(images):
    def there_and_back(image):
        height, width = image.shape
        larger = Image.fromarray(image).resize((2 * width, 2 * height), Image.Resampling.BILINEAR)
        return np.asarray(larger.resize((width, height), Image.Resampling.BILINEAR))

    return torch.from_numpy(np.stack([there_and_back(image[0]) for image in images.numpy()])[:, None])


def test_the_round_trip_changes_no_byte(photos):
    assert torch.equal(generated_output_path(ALL_BYTES), ALL_BYTES)
    assert torch.equal(generated_output_path(ALL_BYTES.expand(2, 3, -1, -1)), ALL_BYTES.expand(2, 3, -1, -1))
    assert torch.equal(generated_output_path(photos.images[:50]), photos.images[:50])


def test_the_round_trip_is_not_told(many, photos):
    for images in (many, photos.images):
        assert abs(round_trip(images) - 0.5) <= band(len(sampled_rows(images)) // 4)


@pytest.mark.parametrize(
    "load", [partial(plus_marks.load, PointsConfig(count=800)), partial(puzzles.load, PuzzlesConfig(count=800))]
)
def test_the_round_trip_of_drawn_pictures_is_not_told(load):
    assert [*distinguishable(load())] == []


# Least AUC.
TRACES = {
    ("digits", "jpeg"): 0.99,
    ("digits", "resampled"): 0.99,
    ("digits", "noise"): 0.99,
    ("digits", "clipped"): 0.99,
    ("digits", "one level less"): 0.85,
    ("photos", "jpeg"): 0.95,
    ("photos", "resampled"): 0.99,
    ("photos", "noise"): 0.7,
    ("photos", "fewer levels"): 0.99,
}


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "trace"), TRACES)
def test_planted_traces_are_found(many, photos, encoded, noisy, kind, trace):
    through = {
        "jpeg": partial(encoded, kind="JPEG", quality=75),
        "resampled": resampled,
        "noise": partial(noisy, most=1),
        "clipped": lambda images: images.clamp(3, 252),
        "one level less": lambda images: (images.float() * 254 / 255).round().to(torch.uint8),
        "fewer levels": lambda images: images // 2 * 2,
    }[trace]
    images = many if kind == "digits" else photos.images
    assert round_trip(images, through) > max(TRACES[kind, trace], 0.5 + band(len(images) // 4))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "faulty"),
    [
        ("ganarium.data.batches.to_bytes", lambda pictures: pictures.mul(255).to(torch.uint8)),
        (
            "ganarium.data.batches.to_range",
            lambda pictures, ends: pictures / 255 * (ends[1] - ends[0]) * 0.99 + ends[0],
        ),
        ("ganarium.data.batches.to_unit", lambda made, _: made.clamp(0, 1)),
        ("ganarium.data.batches.to_unit", lambda made, ends: made.sub(ends[0]).div(ends[1] - ends[0]).clamp(0, 0.99)),
    ],
    ids=[
        "to_bytes rounds down",
        "to_range is short",
        "to_unit takes [-1, 1] for [0, 1]",
        "to_unit cuts off the whitest",
    ],
)
def test_a_fault_in_our_own_way_to_bytes_is_found(many, monkeypatch, place, faulty):
    """Rounding down takes one off 47 of the 256 values, which shows in digits."""
    assert [*distinguishable(replace(DIGITS, images=many))] == []
    monkeypatch.setattr(place, faulty)
    (remark,) = distinguishable(replace(DIGITS, images=many))
    assert remark.value > 0.6


def test_a_trace_is_a_grave_remark(digits, encoded):
    (remark,) = distinguishable(digits, partial(encoded, kind="JPEG", quality=90))
    assert (remark.name, remark.grave) == ("round-trip", True)
    assert f"{remark.value:.3f}" in remark.text


def test_the_same_pictures_give_the_same_number(photos):
    before = torch.random.get_rng_state()
    assert round_trip(photos.images[:200]) == round_trip(photos.images[:200])
    assert torch.equal(torch.random.get_rng_state(), before)


def test_copies_cannot_be_learned_by_heart(photos):
    assert len(sampled_rows(photos.images[:100].repeat(5, 1, 1, 1))) == 100
    assert len(sampled_rows(photos.images[:103])) == 100


def test_at_most_2000_are_looked_at_and_too_few_tell_nothing(mnist, digits):
    assert len(sampled_rows(mnist.images[:3000])) == MOST
    for n in (1, 3):
        assert round_trip(digits.images[:n]) == 0.5
        assert [*distinguishable(replace(digits, images=digits.images[:n]))] == []
    assert 0 <= round_trip(digits.images[:4]) <= 1


# ---- the parts


def test_auc_is_the_share_of_pairs_in_order():
    scores = Streams(0).at("scores", normal(130), 0).double().mul(3).round()
    real, fake = scores[:50], scores[50:]
    expected = mannwhitneyu(fake.numpy(), real.numpy()).statistic / (50 * 80)
    assert auc(real, fake) == pytest.approx(expected)
    assert auc(real, fake) + auc(fake, real) == pytest.approx(1)


def test_the_band_is_three_deviations_of_chance():
    drawn = Streams(0).rows("scores", normal(2, 60), 1000)
    spread = np.std([auc(real, fake) for real, fake in drawn])
    assert band(60) == pytest.approx(3 * spread, rel=0.05)
    assert band(0) == 0.5


def test_traces_count_values_and_neighbouring_differences():
    images = torch.tensor([[[[5, 6, 6, 4], [0, 0, 0, 0], [255, 0, 255, 0]]]], dtype=torch.uint8)
    numbers = traces(images)[0]
    assert len(numbers) == 256 + 81 + 81 + 16
    shares = numbers[:256].square() * 12
    assert {v: round(float(shares[v])) for v in shares.nonzero()[:, 0].tolist()} == {0: 6, 4: 1, 5: 1, 6: 2, 255: 2}
    pairs = Counter((n // 9 - 4, n % 9 - 4) for n in neighbours(images.long()).flatten().tolist())
    assert pairs == {(1, 0): 1, (0, -2): 1, (0, 0): 2, (-4, 4): 1, (4, -4): 1}
    assert torch.allclose(numbers[256:337].square().sum(), torch.tensor(1.0))


def test_an_encoder_s_blocks_show_at_their_places():
    stairs = (torch.arange(32) // JPEG).expand(1, 1, 32, 32)
    (places,) = by_place(stairs)
    assert places.tolist() == pytest.approx([0] * 7 + [1], abs=1e-4)
