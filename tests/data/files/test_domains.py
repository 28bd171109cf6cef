"""Folders of two domains become pairs for translation, whose exact answers nobody knows."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from ganarium import train
from ganarium.api.data import splits_of
from ganarium.config.data_files import FolderConfig
from ganarium.config.overrides import override
from ganarium.core.errors import EmptySplitError, InputError, SettingsError, UsageError
from ganarium.core.random_streams import Streams
from ganarium.data.batches import feed_of_pairs
from ganarium.data.datasets import PairSet
from ganarium.data.export import arrays, random_subset
from ganarium.data.files.image_folders import load
from ganarium.data.load import load_data
from ganarium.evaluation.observer import can_evaluate
from ganarium.evaluation.reference import load_reference
from ganarium.recipes import RECIPES
from ganarium.training.build import assemble
from ganarium.training.compatibility import check
from ganarium.training.grids import picture_of_data
from ganarium.training.translation_inputs import inputs_for
from ganarium.training.translator import Translations

SHADES = {"trainA": range(20), "trainB": range(50, 80), "testA": range(100, 104), "testB": range(150, 156)}


@pytest.fixture
def horses(tmp_path: Path) -> Path:
    """CycleGAN's four folders, each picture of another shade."""
    for folder, shades in SHADES.items():
        (tmp_path / "horses" / folder).mkdir(parents=True)
        for i, shade in enumerate(shades):
            Image.new("L", (16, 16), shade).save(tmp_path / "horses" / folder / f"{i}.png")
    return tmp_path / "horses"


def shades(pictures) -> list[int]:
    return sorted(pictures[:, 0, 0, 0].tolist())


def test_x_and_y_are_the_domains_and_the_test_folders_are_held_out(horses: Path):
    settings = FolderConfig(folder=str(horses), held_out=0.4)
    sets = {split: load(settings, split) for split in ("train", "validation", "test")}
    for pairs in sets.values():
        assert isinstance(pairs, PairSet)
        assert (pairs.paired, pairs.x_as_y, pairs.y_as_x) == (False, None, None)
    assert shades(sets["test"].x) == list(SHADES["testA"])
    assert shades(sets["test"].y) == list(SHADES["testB"])
    assert sorted(shades(sets["train"].x) + shades(sets["validation"].x)) == list(SHADES["trainA"])
    assert sorted(shades(sets["train"].y) + shades(sets["validation"].y)) == list(SHADES["trainB"])


def test_count_takes_so_many_of_each_domain(horses: Path):
    few = load(FolderConfig(folder=str(horses), count=5))
    assert isinstance(few, PairSet)
    assert (len(few.x), len(few.y)) == (5, 5)


def test_a_split_without_one_domain_is_empty(horses: Path):
    for file in (horses / "testB").iterdir():
        file.unlink()
    with pytest.raises(EmptySplitError, match="the test split has no images of domain B"):
        load(FolderConfig(folder=str(horses)), "test")


def test_labels_of_domains_are_refused(horses: Path):
    with pytest.raises(InputError, match="two domains for translation"):
        load(FolderConfig(folder=str(horses), labels="folders"))


def test_batches_mix_neither_domains_nor_splits(horses: Path):
    pairs = load(FolderConfig(folder=str(horses), held_out=0))
    assert isinstance(pairs, PairSet)
    batch = feed_of_pairs(pairs, 20, Streams(0), (0, 255), paired=False).batch(0)
    assert batch.source is not None
    assert shades(batch.source) == list(SHADES["trainA"])
    assert set(shades(batch.real)) < set(SHADES["trainB"])


@pytest.mark.slow
def test_cyclegan_learns_and_samples_pairs_of_unequal_number(horses: Path, tmp_path: Path):
    words = ("generator.width=4", "discriminator.width=4", "train.batch=4", "engine.device=cpu", "engine.threads=1")
    lines: list[str] = []
    train("cyclegan", *words, data=horses, steps=2, out=tmp_path / "run", on_line=lambda line: lines.append(str(line)))
    assert any("two domains for translation: x is testA, trainA; y is testB, trainB" in line for line in lines)
    assert list((tmp_path / "run" / "samples").glob("*.png"))


def test_scores_that_need_exact_answers_are_refused_with_the_reason(horses: Path):
    experiment = override(RECIPES["cyclegan"].experiment(), [f"data.folder={horses}"])
    with pytest.raises(InputError, match="exact translations, which are unknown for your own images"):
        load_reference(experiment.data)
    assert not can_evaluate(experiment)


def test_a_picture_and_an_export_show_both_domains(horses: Path):
    pairs = load_data(FolderConfig(folder=str(horses), held_out=0))
    assert picture_of_data(pairs).width > 0
    written = arrays(random_subset(pairs, 10))
    assert set(written) == {"x", "y"}


def test_games_that_do_not_fit_are_refused_with_the_way_out(horses: Path, tiny):
    pairs = load_data(FolderConfig(folder=str(horses)))
    with pytest.raises(SettingsError, match=r"use game=cycle, or give the folder of one domain as data\.folder"):
        check(tiny(f"data.folder={horses}"), pairs)
    with pytest.raises(UsageError, match="check each folder separately"):
        splits_of(str(horses))
    assert len(splits_of(str(horses / "trainA"))[0]) > 0


def test_pictures_to_translate_are_decoded_as_those_of_the_run(horses: Path):
    words = [f"data.folder={horses}", "data.invert=true", "generator.width=4", "discriminator.width=4"]
    experiment = override(RECIPES["cyclegan"].experiment(), words)
    source = load_data(experiment.data)
    state = assemble(experiment, source, torch.device("cpu")).tensors()
    translations = Translations(experiment, source.shape, state, 0)
    own, given = (inputs_for(translations, place, 64).pictures for place in (None, horses / "testA"))
    assert shades(given) == shades(own) == [255 - shade for shade in reversed(SHADES["testA"])]
    assert shades(inputs_for(translations, horses / "testA", 64, invert=True).pictures) == list(SHADES["testA"])
