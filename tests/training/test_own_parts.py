"""Parts of users in training: exact resumption, what is measured of them, and one clear message for each fault."""

from collections.abc import Callable
from math import prod
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import ganarium
from ganarium.config import register
from ganarium.core.errors import SettingsError, UsageError
from ganarium.runs.checkpoint import read
from ganarium.runs.directory import Run
from ganarium.training import create
from ganarium.training.loop import fit

TINY = (
    "data.count=64",
    "data.size=16",
    "train.batch=8",
    "record.log_every=4",
    "engine.threads=1",
    "engine.kernels=default",
)
OWN = ("generator=own", "discriminator=own", "generator.latent=4")


@pytest.fixture(autouse=True)
def _registries(own_registries: None) -> None:
    """Every test registers what it needs, and leaves nothing."""


class OwnGenerator(nn.Module):
    """One dense layer."""

    def __init__(self, latent: int, shape: tuple[int, ...], classes: int, last: str = "tanh") -> None:
        super().__init__()
        self.shape, self.last = shape, last
        self.layer = nn.Linear(latent + classes, prod(shape))

    def forward(self, latents: Tensor, label: Tensor | None = None) -> Tensor:
        if label is not None:
            latents = torch.cat([latents, nn.functional.one_hot(label, self.layer.in_features - 4)], 1)
        return getattr(torch, self.last)(self.layer(latents)).reshape(len(latents), *self.shape)


class OwnDiscriminator(nn.Module):
    """One hidden layer, with dropout."""

    def __init__(self, shape: tuple[int, ...], norm: bool = False) -> None:
        super().__init__()
        layers = [nn.Flatten(), nn.Linear(prod(shape), 8), nn.BatchNorm1d(8) if norm else nn.Identity()]
        self.layers = nn.Sequential(*layers, nn.LeakyReLU(0.2), nn.Dropout(0.5), nn.Linear(8, 1))

    def forward(self, images: Tensor, label: Tensor | None = None) -> Tensor:
        logits: Tensor = self.layers(images)
        return logits if label is None else logits + label[:, None] / 10


class Noisy(ganarium.Remedy):
    """Penalize logits at random, with numbers from torch's own generator."""

    def __init__(self, weight: float = 0.1) -> None:
        self.weight = weight

    def discriminator_term(self, duel: ganarium.Duel) -> Tensor:
        return self.weight * torch.rand(len(duel.real)) * duel.real_logits**2


def registered(generator=OwnGenerator, discriminator=OwnDiscriminator) -> None:
    register.generator("own")(generator)
    register.discriminator("own")(discriminator)
    register.remedy("noisy", neutral={"weight": 0.0})(Noisy)


def experiment(*words: str, data: str = "data=points") -> ganarium.Experiment:
    return ganarium.experiment("dense-digits", data, *TINY, *OWN, *words)


def trained(experiment: ganarium.Experiment, folder: Path, *, stop_at: int | None = None) -> Run:
    run = create.begin(experiment, folder)
    resumed(run, stop_at=stop_at)
    return run


def resumed(run: Run, *, stop_at: int | None = None) -> None:
    steps = [0]

    def should_stop() -> bool:
        return stop_at is not None and steps[-1] >= stop_at

    for line in fit(run, [], should_stop):
        steps.append(steps[-1] if line is None else line.event.step)


def tensors(run: Run) -> dict[str, Tensor]:
    return dict(read(run.path / "checkpoints" / "step-00000012.safetensors").tensors)


@pytest.mark.parametrize("words", [(), ("game.conditional=true",), ("remedies.noisy.weight=0.1", "remedies.ema=true")])
def test_interrupted_and_resumed_is_never_interrupted_with_dropout_and_torchs_own_numbers(words, tmp_path):
    registered()
    settings = experiment(*words, "train.steps=12")
    whole = trained(settings, tmp_path / "whole")
    parts = trained(settings, tmp_path / "parts", stop_at=4)
    torch.rand(100)  # moves torch's generator, which must not matter
    resumed(Run.open(parts.path))
    expected, found = tensors(whole), tensors(parts)
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    assert torch.equal(ganarium.load(whole).sample(5, seed=1), ganarium.load(parts).sample(5, seed=1))


def test_training_leaves_torchs_own_generator_as_it_was(tmp_path):
    registered()
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    trained(experiment("train.steps=4"), tmp_path / "run")
    assert torch.equal(torch.random.get_rng_state(), before)


def initial_weight(settings: ganarium.Experiment, folder: Path) -> Tensor:
    checkpoint = read(trained(settings, folder).path / "checkpoints" / "step-00000000.safetensors")
    return checkpoint.tensors["generator/weights.generator.module.layer.weight"]


def test_the_seed_decides_the_first_weights(tmp_path):
    registered()
    first = [
        read(
            trained(experiment("train.steps=4", f"seed={seed}"), tmp_path / f"{i}").path
            / "checkpoints/step-00000000.safetensors"
        )
        for i, seed in enumerate((1, 1, 2))
    ]
    name = "generator/weights.generator.module.layer.weight"
    assert torch.equal(first[0].tensors[name], first[1].tensors[name])
    assert not torch.equal(first[0].tensors[name], first[2].tensors[name])


@pytest.mark.parametrize(("last", "output"), [("tanh", "tanh"), ("sigmoid", "sigmoid")])
def test_the_output_range_is_measured_and_recorded(last, output, tmp_path):
    registered()
    run = trained(experiment("train.steps=4", f"generator.last={last}"), tmp_path / "run")
    assert run.experiment.generator.output == Run.open(run.path).experiment.generator.output == output
    samples = ganarium.load(run).sample(20)
    assert 0 <= samples.min() < samples.max() <= 1


def test_a_layer_across_samples_is_measured():
    registered()
    with pytest.raises(SettingsError, match=r"gradient_penalty needs .* logits depend on the rest of the batch"):
        create.resolved(experiment("discriminator.norm=true", "remedies.gradient_penalty=true"))
    create.resolved(experiment("discriminator.norm=false", "remedies.gradient_penalty=true"))


class Wrong(nn.Module):
    """A generator with one fault."""

    def __init__(self, latent: int, shape: tuple[int, ...], fault: str = "") -> None:
        super().__init__()
        self.shape, self.fault = shape, fault
        if fault != "no weights":
            self.layer = nn.Linear(3 if fault == "other latent" else latent, prod(shape))
        if fault == "raises":
            raise ValueError("no such file")

    def forward(self, latents: Tensor) -> Tensor:
        images = (
            self.layer(latents) if self.fault != "no weights" else latents.new_zeros(len(latents), prod(self.shape))
        )
        if self.fault == "not a number":
            images = images / 0
        return images if self.fault == "flat" else images.reshape(len(latents), *self.shape)


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ("other latent", "generator=own: failed on 4 latents of 4 numbers: .*shapes"),
        ("raises", r"generator=own: building it failed: ValueError: no such file \(test_own_parts\.py:\d+\)"),
        ("not a number", "generator=own: returned values that are not finite for 4 latents"),
        (
            "flat",
            r"generator=own: returned shape \(4, 256\) for 4 latents of 4 numbers; the data need \(4, 1, 16, 16\)",
        ),
        ("no weights", "generator=own: has no trainable parameters"),
    ],
)
def test_a_faulty_generator_is_named_with_its_fault_and_nothing_is_written(fault, complaint, tmp_path):
    registered(generator=Wrong)
    with pytest.raises(SettingsError, match=complaint):
        create.begin(experiment(f"generator.fault={fault}"), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_generator_without_an_argument_for_labels_is_refused_by_a_game_with_labels():
    registered(generator=Wrong)
    with pytest.raises(SettingsError, match="generator=own: its forward method has no argument for labels"):
        create.resolved(experiment("game.conditional=true"))


def loss(fault: str) -> Callable[..., object]:
    def objective():
        """Some loss."""

        def discriminator_loss(real: Tensor, fake: Tensor) -> object:
            values = fake - real
            faulty = {"scalar": values.mean(), "detached": values.detach(), "number": 1.0}
            return faulty[fault]

        return discriminator_loss, discriminator_loss

    return objective


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ("scalar", r"discriminator_loss: returned shape \(\) for 8 samples; return one value per sample, without mean"),
        ("detached", "discriminator_loss: its values do not depend on the logits"),
        ("number", "discriminator_loss: returned float; return a tensor of one value per sample"),
    ],
)
def test_a_faulty_loss_is_named_with_its_fault(fault, complaint, tmp_path):
    registered()
    register.objective("faulty")(loss(fault))
    with pytest.raises(SettingsError, match=complaint):
        trained(experiment("objective=faulty", "train.steps=4"), tmp_path / "run")


def test_what_is_no_pair_of_losses_and_no_remedy_is_refused():
    registered()
    register.objective("lonely")(lambda: 3)
    register.remedy("none")(lambda: 3)
    with pytest.raises(SettingsError, match=r"an objective is a pair of functions .*; got int"):
        create.resolved(experiment("objective=lonely"))
    with pytest.raises(SettingsError, match=r"a remedy is an instance of ganarium\.Remedy; got int"):
        create.resolved(experiment("remedies.none=true"))


def test_a_conditional_generator_is_interpolated_within_a_class_and_not_between_classes(tmp_path):
    registered()
    gan = ganarium.load(trained(experiment("game.conditional=true", "train.steps=4"), tmp_path / "run"))
    assert gan.interpolate_seeds([1, 2], 3, labels=4).shape == (4, 1, 16, 16)
    with pytest.raises(UsageError, match="class numbers, not mixtures"):
        gan.interpolate_seeds([1, 2], 3, labels=[4, 5])


class Parametrized(nn.Module):
    """A discriminator whose own weights are normalized by torch."""

    def __init__(self, shape: tuple[int, ...], by: str = "weight_norm") -> None:
        super().__init__()
        normalize = getattr(nn.utils.parametrizations, by)
        self.layers = nn.Sequential(nn.Flatten(), normalize(nn.Linear(prod(shape), 8)), nn.ReLU(), nn.Linear(8, 1))

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images)


class Normalized(nn.Module):
    """A generator with batch norm, and noise of its own in every pass."""

    def __init__(self, latent: int, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = shape
        self.layers = nn.Sequential(nn.Linear(latent, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, prod(shape)))

    def forward(self, latents: Tensor) -> Tensor:
        images = self.layers(latents + 0.1 * torch.randn_like(latents)).tanh()
        return images.reshape(len(latents), *self.shape)


@pytest.mark.parametrize("by", ["weight_norm", "spectral_norm"])
def test_weights_that_torch_parametrizes_are_saved_and_resumed_exactly(by, tmp_path):
    registered(generator=Normalized, discriminator=Parametrized)
    settings = experiment(f"discriminator.by={by}", "remedies.ema=true", "train.steps=12")
    whole, parts = trained(settings, tmp_path / "whole"), trained(settings, tmp_path / "parts", stop_at=4)
    resumed(Run.open(parts.path))
    expected, found = tensors(whole), tensors(parts)
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    gan = ganarium.load(whole)
    assert torch.equal(gan.sample(5, seed=1), gan.sample(70, seed=1)[:5])
    assert torch.equal(gan.sample(5, seed=1), ganarium.load(parts).sample(5, seed=1))


def test_a_generator_of_points_is_resumed(tmp_path):
    registered()
    words = ("generator=own", "generator.last=tanh", "generator.latent=4", "data.count=64", "train.steps=4")
    run = trained(ganarium.experiment("ring", *words, "train.batch=8", "engine.threads=1"), tmp_path / "run")
    assert run.experiment.generator.output == "linear"
    assert ganarium.resume(run, steps=6, on_line=lambda _: None).events()[-1].event.step == 6


def test_nearly_constant_first_samples_are_asked_about():
    class Dull(OwnGenerator):
        """A generator whose last layer starts at 0."""

        def __init__(self, latent: int, shape: tuple[int, ...], classes: int) -> None:
            super().__init__(latent, shape, classes)
            nn.init.zeros_(self.layer.weight)
            nn.init.zeros_(self.layer.bias)

    registered(generator=Dull)
    with pytest.raises(SettingsError, match=r"first samples are nearly constant.*set generator\.output"):
        create.resolved(experiment())
    create.resolved(experiment("generator.output=tanh"))


def test_losses_with_exchanged_arguments_are_refused():
    def swapped_generator(fake: Tensor, real: Tensor) -> Tensor:  # noqa: ARG001
        return nn.functional.softplus(-fake)

    def discriminator(real: Tensor, fake: Tensor) -> Tensor:
        return nn.functional.softplus(-real) + nn.functional.softplus(fake)

    with pytest.raises(SettingsError, match="the generator's loss has no gradient with respect to the fake logits"):
        ganarium.train("ring", objective=(discriminator, swapped_generator), steps=2)


def test_a_sigmoid_at_the_end_of_a_discriminator_is_named_once(tmp_path, caplog: pytest.LogCaptureFixture):
    class Bounded(OwnDiscriminator):
        def forward(self, images: Tensor, label: Tensor | None = None) -> Tensor:
            return super().forward(images, label).sigmoid()

    registered(discriminator=Bounded)
    trained(experiment("train.steps=4"), tmp_path / "run")
    (line,) = [record.getMessage() for record in caplog.records if "raw logits" in record.getMessage()]
    assert line == "discriminator=own: its outputs are bounded; return raw logits, without sigmoid at the end"
