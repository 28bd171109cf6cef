"""A function that augments each batch of real samples: recorded by hashes, and resumed bit for bit."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import ganarium
from ganarium.config.given import GIVEN
from ganarium.core.errors import SettingsError, UsageError
from ganarium.core.random_streams import Streams
from ganarium.data.batches import feed
from ganarium.data.load import load_data
from ganarium.data.own_augmentation import Augmented
from ganarium.runs.checkpoint import read
from ganarium.runs.directory import Run

TINY = ("data=points", "data.count=64", "data.size=16", "train.batch=8", "engine.threads=1", "engine.kernels=default")


@pytest.fixture(autouse=True)
def _forgotten():
    """As in another process: nothing is there that was not passed."""
    GIVEN.clear()
    yield
    GIVEN.clear()


def flipped(images: Tensor) -> Tensor:
    """Flip half of the images."""
    return torch.where(torch.rand(len(images), 1, 1, 1) < 0.5, images.flip(-1), images)


class Noise(nn.Module):
    """Gaussian noise."""

    def __init__(self, sigma: float) -> None:
        super().__init__()
        self.sigma = sigma

    def forward(self, samples: Tensor) -> Tensor:
        return samples + self.sigma * torch.randn_like(samples)

    def extra_repr(self) -> str:
        return f"sigma={self.sigma}"


class Stronger(nn.Module):
    """Noise that is stronger at each call."""

    calls = 0

    def forward(self, samples: Tensor) -> Tensor:
        self.calls += 1
        return samples + self.calls * 0.01


def train(folder: Path, steps: int, **changed: object) -> Run:
    return ganarium.train("dense-digits", *TINY, steps=steps, out=folder, on_line=lambda _: None, **changed)


def tensors(run: Run) -> dict[str, Tensor]:
    return read(run.path / "checkpoints" / f"step-{max(run.checkpoint_steps()):08d}.safetensors").tensors


def equal(first: Run, second: Run) -> bool:
    one, other = tensors(first), tensors(second)
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.slow
def test_a_run_that_is_resumed_with_its_augmentation_goes_on_bit_for_bit(tmp_path):
    whole, part = (train(tmp_path / str(steps), steps, augment=flipped) for steps in (8, 4))
    assert Run.open(part.path).experiment.augment.part.endswith("test_augmentation.flipped")
    GIVEN.clear()
    with pytest.raises(
        SettingsError,
        match=r"flipped\) was passed from Python and is .*pass it again: ganarium\.resume\(.*, augment=…\);",
    ):
        ganarium.resume(Run.open(part.path), steps=8)
    assert ganarium.load(Run.open(part.path)).sample(2).shape == (2, 1, 16, 16)
    assert equal(whole, ganarium.resume(Run.open(part.path), steps=8, augment=flipped, on_line=lambda _: None))
    plain = train(tmp_path / "plain", 8)
    assert plain.experiment.augment is None
    assert not equal(whole, plain)


@pytest.mark.slow
def test_an_augmentation_that_changes_nothing_changes_nothing(tmp_path):
    assert equal(train(tmp_path / "same", 4, augment=lambda images: images.clone()), train(tmp_path / "plain", 4))


def test_images_are_augmented_in_the_unit_interval_and_points_as_they_are(pictures):
    seen: list[tuple[float, float]] = []

    def look(samples: Tensor) -> Tensor:
        seen.append((samples.min().item(), samples.max().item()))
        return samples

    plain = feed(pictures, 64, Streams(0), (-1, 1), labelled=False)
    batch = Augmented(plain, look, (-1, 1)).batch(0)
    assert seen == [(0, 1)]
    assert torch.allclose(batch.real, plain.batch(0).real, atol=1e-6)
    points = feed(load_data(ganarium.experiment("ring").data), 64, Streams(0), (-1, 1), labelled=False)
    assert torch.equal(Augmented(points, look, (-1, 1)).batch(3).real, points.batch(3).real)


def test_other_values_of_a_module_are_another_augmentation():
    first, second, again = (ganarium.experiment("ring", augment=Noise(sigma)).augment for sigma in (0.1, 0.2, 0.1))
    assert first.source == second.source
    assert first.state != second.state
    assert first == again
    assert ganarium.experiment("ring", augment=Noise(0.1)).replace(augment=None).augment is None


@pytest.mark.parametrize(
    ("augment", "complaint"),
    [
        (3, "augment=…: pass a function of a batch of samples, or a module"),
        (lambda images: images[:3], r"augment=… returned \(3, 1, 16, 16\); return a tensor of shape \(8, 1, 16, 16\)"),
        (lambda images: images.numpy(), "augment=… returned ndarray; return a tensor"),
        (lambda images: images / 0, "augment=… returned values that are not finite"),
        (
            lambda images: images.roll(int(np.random.default_rng().integers(1 << 30)), -1),
            "draw random numbers from torch's generator",
        ),
        (Stronger(), "different values for the same batch and seed; .* keep no state between calls"),
        ("flip", "augment: pass a function of a batch of samples, or a module"),
        (lambda images: images.missing, "augment=… failed: AttributeError"),
    ],
)
def test_what_augments_nothing_is_refused_before_anything_is_written(augment, complaint, tmp_path):
    with pytest.raises(UsageError, match=complaint):
        train(tmp_path / "run", 2, augment=augment)
    assert not (tmp_path / "run").exists()


def test_a_run_works_on_a_copy_of_the_augmentation_and_warns_once_of_another_range(tmp_path, caplog):
    class Scaled(Noise):
        """Counts its calls."""

        calls = 0

        def forward(self, samples: Tensor) -> Tensor:
            self.calls += 1
            return samples * 255

    own = Scaled(1.0)
    train(tmp_path / "run", 2, augment=own)
    assert own.calls == 0
    assert caplog.text.count("values from 0 to 255, which the generator cannot reproduce; return values in [0, 1]") == 1


def test_pairs_for_translation_are_not_augmented(tmp_path):
    words = ("data.count=8", "engine.threads=1")
    with pytest.raises(UsageError, match=r"augment=…: game=paired translates pairs of images; leave out augment=…"):
        ganarium.train("pix2pix", *words, augment=flipped, steps=2, out=tmp_path / "run")
