"""Small sketches, in which near pictures are found fast."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganarium.core.random_streams import Streams, normal
from ganarium.data.checks import near_duplicates
from ganarium.data.checks.near_duplicates import near_copies_of_earlier
from ganarium.data.checks.sketches import nearest, sketcher


@settings(max_examples=8)
@given(st.integers(0, 2**31), st.floats(0.05, 3), st.booleans())
def test_nearest_is_what_comparing_all_finds(seed, radius, limited):
    streams = Streams(seed)
    query, key = streams.at("query", normal(700, 3), 0), streams.at("key", normal(900, 3), 0)
    query, key = query[query[:, 0].argsort()], key[key[:, 0].argsort()]
    limit = torch.arange(700) + 50 if limited else None
    distance = torch.cdist(query, key, compute_mode="donot_use_mm_for_euclid_dist")
    if limited:
        distance[torch.arange(900) >= limit[:, None]] = torch.inf
    least, which = distance.min(1)
    found = nearest(query, key, radius, limit)
    sure = (least - radius).abs() > 1e-4
    assert torch.equal((found >= 0)[sure], (least <= radius)[sure])
    there = found >= 0
    torch.testing.assert_close(distance[there, found[there]], least[there], atol=2e-3, rtol=0)
    assert (which[there] == found[there]).float().mean() > 0.99 or not there.any()


def test_nearest_looks_into_every_part_of_a_long_window(monkeypatch):
    monkeypatch.setattr("ganarium.data.checks.sketches.KEYS", 7)
    test_nearest_is_what_comparing_all_finds.hypothesis.inner_test(3, 1.5, True)
    test_nearest_is_what_comparing_all_finds.hypothesis.inner_test(3, 1.5, False)


def test_sketches_only_shorten_distances(digits, photos):
    for pictures in (digits, photos):
        sketches = sketcher(pictures.images)(pictures.images)
        apart = pictures.images[:500].float() - pictures.images[500:1000].float()
        pixels = apart.square().mean((1, 2, 3)).sqrt()
        assert ((sketches[:500] - sketches[500:1000]).norm(dim=1) <= pixels * 1.001).all()


def test_few_or_tiny_pictures_can_be_sketched(digits):
    for images in (digits.images[:1], digits.images[:2], digits.images[:40, :, :3, :2]):
        assert sketcher(images)(images).isfinite().all()
        near_copies_of_earlier(images, torch.arange(len(images)))


def test_thresholds_of_nearness_lie_in_their_order():
    assert near_duplicates.SKETCH_APART < near_duplicates.BLOCK_APART < near_duplicates.PIXELS_APART
