"""Given pictures are decoded as the data are that they are judged by."""

from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
import torch
from PIL import Image

import ganarium
from ganarium.config.overrides import data_settings
from ganarium.core.errors import InputError
from ganarium.core.random_streams import Streams, normal
from ganarium.data.datasets import ImageSet
from ganarium.evaluation.read_samples import read_samples
from ganarium.evaluation.reference import load_reference
from ganarium.evaluation.samples import Generated, ImageReference

TREATMENTS = [(), ("ground=black",), ("ground=#804020",), ("invert=true",), ("ground=black", "invert=true")]
TREATMENTS += [("ground=black", "colour=grey"), ("colour=rgb",)]


def logos(n: int = 200) -> np.ndarray:
    """Dark marks of many shapes on nothing, uint8 [n, 20, 20, 4]."""
    shapes = Streams(0).at("logos", normal(n, 20, 20), 0)
    colours = np.broadcast_to(np.uint8([60, 30, 10]), (n, 20, 20, 3))
    alpha = (255 * (shapes > 1)).byte().numpy()[..., None]
    return np.concatenate([colours, alpha], 3)


def write_folder(place: Path) -> Path:
    place.mkdir()
    for i, picture in enumerate(logos()):
        Image.fromarray(picture).save(place / f"{i:03d}.png")
    return place


def reference(*words: str) -> ImageReference:
    by = load_reference(data_settings(words))
    assert isinstance(by, ImageReference)
    return by


def alike(made: Generated, data: ImageSet) -> bool:
    """Whether all of these data are among the pictures."""
    known = {picture.numpy().tobytes() for picture in made.samples}
    return all(picture.numpy().tobytes() in known for picture in data.images)


@pytest.mark.slow
@pytest.mark.parametrize("words", TREATMENTS, ids=" ".join)
def test_the_datas_own_files_are_decoded_as_the_data(tmp_path, words):
    folder = write_folder(tmp_path / "own")
    with ZipFile(tmp_path / "own.zip", "w") as archive:
        for path in folder.iterdir():
            archive.write(path, path.name)
    by = reference(f"folder={folder}", "held_out=0.6", *words)
    for place in (folder, tmp_path / "own.zip"):
        assert alike(read_samples(place, by), by.train)
        assert alike(read_samples(place, by), by.held_out)


@pytest.mark.parametrize("invert", ["true", "false"])
def test_arrays_are_inverted_when_the_data_are(tmp_path, invert):
    images = 255 - logos()[..., 3]
    np.savez(tmp_path / "own.npz", images=images)
    np.save(tmp_path / "own.npy", images)
    by = reference(f"array={tmp_path / 'own.npz'}", "held_out=0.6", f"invert={invert}")
    for samples in (tmp_path / "own.npz", tmp_path / "own.npy", images, torch.from_numpy(images)):
        assert alike(read_samples(samples, by), by.held_out)
    assert torch.equal(torch.from_numpy(images), torch.from_numpy(255 - logos()[..., 3]))


def test_pictures_that_are_inverted_already_are_refused(tmp_path):
    images = 255 - logos()[..., 3]
    np.savez(tmp_path / "own.npz", images=images)
    np.savez(tmp_path / "samples.npz", images=255 - images)
    by = reference(f"array={tmp_path / 'own.npz'}", "held_out=0.6", "invert=true")
    with pytest.raises(InputError, match="ganarium sample --invert"):
        read_samples(tmp_path / "samples.npz", by)
    with pytest.raises(InputError, match=r"^images in memory: .* ganarium sample --invert"):
        read_samples(255 - images, by)


@pytest.mark.slow
def test_a_ground_of_the_datas_own_does_not_part_equal_pictures(tmp_path):
    folder = write_folder(tmp_path / "own")
    settings = ["ground=black", "held_out=0.7"]
    scores = ganarium.evaluate(folder, against=folder, words=settings)
    (distance,) = (score for score in scores if score.name.startswith("frechet/"))
    assert distance.floor is not None
    assert distance.value < 1.5 * distance.floor


def test_what_is_done_to_given_files_is_said(tmp_path, caplog):
    folder = write_folder(tmp_path / "own")
    read_samples(folder, reference(f"folder={folder}", "ground=black"))
    assert "transparent pixels of 200 images are filled with black" in caplog.text


def test_truth_named_points_beside_pictures_is_not_taken_for_the_samples(tmp_path):
    images = logos()[..., 3]
    np.savez(tmp_path / "own.npz", images=images, points=np.zeros((len(images), 3, 2), np.float32))
    made = read_samples(tmp_path / "own.npz", reference(f"array={tmp_path / 'own.npz'}"))
    assert np.array_equal(made.samples[:, 0], images)
