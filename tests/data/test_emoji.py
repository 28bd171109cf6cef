"""The emoji are whole inside the package, and held-out ones are not variants of training ones."""

import lzma

import numpy as np
import pytest
import torch
from benchmarks.pack_emoji import groups_of

from ganarium import GanariumError
from ganarium.config.datasets import EmojiConfig
from ganarium.data import emoji

SPLITS = ("train", "validation", "test")


@pytest.mark.slow
def test_the_splits_share_no_picture_and_are_3786_together():
    sets = [emoji.load(EmojiConfig(), split) for split in SPLITS]
    assert [len(each) for each in sets] == [2_943, 395, 448]
    pictures = [{picture.tobytes() for picture in each.images.numpy()} for each in sets]
    assert len(set().union(*pictures)) == sum(map(len, pictures))
    assert all(each.shape == (3, 64, 64) for each in sets)
    assert all((each.images[:, :, 0, 0] == 255).all(1).float().mean() > 0.8 for each in sets), "the ground is white"
    assert "Apache" in sets[0].card.licence


@pytest.mark.slow
def test_fewer_pictures_are_chosen_from_the_whole_set_and_each_number_contains_the_smaller_ones():
    whole = [picture.tobytes() for picture in emoji.load(EmojiConfig()).images.numpy()]
    few, more = ([p.tobytes() for p in emoji.load(EmojiConfig(count=n)).images.numpy()] for n in (30, 300))
    assert len(few) == 30
    assert set(few) <= set(more) <= set(whole)
    assert max(whole.index(picture) for picture in few) > 2_000
    assert torch.equal(emoji.load(EmojiConfig(count=30), "test").images, emoji.load(EmojiConfig(), "test").images), (
        "the count limits only the training pictures"
    )


@pytest.mark.parametrize("damage", [lambda packed: packed[:-100], lambda packed: packed[:50] + b"?" + packed[51:]])
def test_a_damaged_file_is_refused_in_one_line(damage, monkeypatch, tmp_path):
    packed = lzma.compress(np.zeros((2, 64, 64, 3), np.uint8).tobytes() + np.random.default_rng(0).bytes(12_288))
    (tmp_path / "bundled/emoji").mkdir(parents=True)
    (tmp_path / "bundled/emoji/test.xz").write_bytes(damage(packed))
    monkeypatch.setattr(emoji, "files", lambda _: tmp_path)
    with pytest.raises(GanariumError, match=r"test\.xz is damaged .*; install ganarium again") as caught:
        emoji.load(EmojiConfig(), "test")
    assert "\n" not in str(caught.value)


def test_variants_and_equal_pictures_are_one_group():
    a, b, c, d = (np.full((2, 2, 3), level, np.uint8) for level in range(4))
    names = {"1f44b": a, "1f600": d, "1f44b-1f3fb": b, "1f44b-1f3ff": c, "270b-fe0f": a, "270b-1f3fd": b}
    assert sorted(map(sorted, groups_of(names))) == [sorted(set(names) - {"1f600"}), ["1f600"]]


@pytest.mark.slow
def test_a_recipe_for_colour_pictures_trains_on_them(ganarium, tmp_path):
    words = ("generator.width=2", "discriminator.width=2", "train.batch=4", "train.steps=2", "engine.threads=1")
    said = ganarium("train", "dcgan", "data=emoji", "data.count=50", *words, "--out", "run", folder=tmp_path)
    assert said.status == 0, said.stderr
    assert "random-conv" in ganarium("evaluate", "run", "-n", 100, folder=tmp_path).stdout
