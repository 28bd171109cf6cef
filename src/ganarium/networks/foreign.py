"""User-defined networks: any `torch.nn.Module` as a generator or a discriminator.

Properties that a module does not declare are measured when it is built: the shape of its output, its output range, and
whether its logits depend on other samples of a batch. Its random layers draw from torch's global generator, which
training seeds at each step.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import deepcopy
from functools import cache, partial
from inspect import Parameter, signature
from typing import Any, Self, final

import torch
from torch import Tensor, nn

from ganarium.config.layers import DiscriminatorConfig, OwnGeneratorConfig
from ganarium.core.errors import GanariumError, SettingsError, UsageError, failure
from ganarium.core.random_streams import Streams, integers, normal, seeded, uniform
from ganarium.networks.base import NO_DRAWS, OUTPUT_RANGES, Discriminator, Draws, Generator, Subject
from ganarium.networks.init import Drawing

TRIED = 4  # samples of a trial call
MEASURED = 64  # latents from which an output range is measured
SLACK = 0.02  # amount by which values may leave [0, 1] before the range is taken to be [−1, 1]
CLOSE = 1e-5  # difference, relative to the largest logit, that rounding alone may cause
EXTREME = 1e4  # size of the values of samples for which a sigmoid or tanh is at its bounds
BOUND = 1e-3  # distance within which an output is at the bound of a sigmoid or tanh
POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
MakeModule = Callable[..., Any]  # (settings, latent=…, shape=…, classes=…, outputs=…) -> nn.Module


@final
class ForeignGenerator(Generator):
    """A user's module as a generator: latents [n, latent] (and labels int64 [n]) to images or points."""

    steady = False

    def __init__(self, make: MakeModule, settings: OwnGeneratorConfig, subject: Subject) -> None:
        settings_of_range = settings.model_copy(update={"output": settings.output or "sigmoid"})
        super().__init__(settings_of_range, subject)
        self._what = f"generator={settings.kind}"
        self._range_is_known = settings.output is not None
        given = {"latent": settings.latent, "shape": subject.shape, "classes": subject.classes}
        self._make: Callable[[], nn.Module] = partial(_made, self._what, make, settings, **given)
        with seeded(0):
            self.module = self._make()
        self.takes_label = _takes_label(self.module, self._what, subject)
        self._try()
        self.crosses_samples = _crosses_samples(self, self._what, *self._trial_inputs(TRIED))

    def allocate(self, device: torch.device) -> Self:
        """Move the module, which has its weights already, to a device."""
        return self.to(device)

    def initialize_weights(self, drawn: Drawing) -> None:
        """Build the module again with torch's generator seeded by the run, and measure its output range."""
        device = next(self.parameters()).device
        with seeded(int(drawn("module", integers(1, high=2**31)))):
            self.module = self._make()
        if not self._range_is_known and len(self.subject.shape) > 1:
            self.output_range = self._measured_range()
        self.module.to(device)

    def forward(self, latents: Tensor, label: Tensor | None = None, draws: Draws = NO_DRAWS) -> Tensor:  # noqa: ARG002
        """Generate one image or point for each latent."""
        generated: Tensor = self.module(latents, _class_numbers(label)) if self.takes_label else self.module(latents)
        return generated

    def _try(self) -> None:
        """Raise `SettingsError` if the module does not map latents to finite samples of the right shape."""
        call = f"{TRIED} latents of {self.latent} numbers"
        generated = _tried(self, self._what, call, *self._trial_inputs(TRIED))
        wanted = (TRIED, *self.subject.shape)
        if tuple(generated.shape) != wanted:
            raise SettingsError(
                f"{self._what}: returned shape {tuple(generated.shape)} for {call}; the data need {wanted}"
            )

    def _measured_range(self) -> tuple[float, float]:
        generated = _tried(self, self._what, f"{MEASURED} latents", *self._trial_inputs(MEASURED))
        low, high = generated.min().item(), generated.max().item()
        if high - low < SLACK:
            raise SettingsError(
                f"{self._what}: its first samples are nearly constant, so their range cannot be measured; set "
                "generator.output to sigmoid for values in [0, 1], or to tanh for values in [−1, 1]"
            )
        return OUTPUT_RANGES["sigmoid" if low >= -SLACK * high and high <= 1 + SLACK else "tanh"]

    def _trial_inputs(self, n: int) -> tuple[Tensor, Tensor | None]:
        latents = Streams(0).at("trial.latents", self.latents(n), 0)
        return latents, torch.arange(n) % self.subject.classes if self.subject.classes else None


@final
class ForeignDiscriminator(Discriminator):
    """A user's module as a discriminator: images or points (and labels int64 [n]) to logits [n] or [n, 1]."""

    steady = False

    def __init__(self, make: MakeModule, settings: DiscriminatorConfig, subject: Subject) -> None:
        super().__init__(subject)
        self._what = f"discriminator={settings.kind}"
        given = {"shape": subject.shape, "classes": subject.classes, "outputs": subject.outputs}
        self._make: Callable[[], nn.Module] = partial(_made, self._what, make, settings, **given)
        with seeded(0):
            self.module = self._make()
        self.takes_label = _takes_label(self.module, self._what, subject)
        self._try()

    def allocate(self, device: torch.device) -> Self:
        """Move the module, which has its weights already, to a device."""
        return self.to(device)

    def initialize_weights(self, drawn: Drawing) -> None:
        """Build the module again with torch's generator seeded by the run."""
        device = next(self.parameters()).device
        with seeded(int(drawn("module", integers(1, high=2**31)))):
            self.module = self._make().to(device)

    def features(self, pictures: Tensor, label: Tensor | None = None, draws: Draws = NO_DRAWS) -> Tensor:  # noqa: ARG002
        """Return the outputs of the module, [n, outputs]; the hidden layers of a user's module are unknown."""
        answers: Tensor = self.module(pictures, _class_numbers(label)) if self.takes_label else self.module(pictures)
        return answers.reshape(len(pictures), -1)

    def head(self, features: Tensor, label: Tensor | None = None) -> Tensor:  # noqa: ARG002
        """Return the outputs as logits [n], or unchanged if the game needs several outputs per sample."""
        return features.flatten() if self.subject.outputs == 1 and features.shape[1] == 1 else features

    def _try(self) -> None:
        """Check the module's output, and measure whether a logit depends on the other samples of a batch."""
        images = Streams(0).at("trial.images", uniform(TRIED, *self.subject.shape), 0)
        label = torch.arange(TRIED) % self.subject.classes if self.subject.classes else None
        call = f"{TRIED} samples of shape {self.subject.shape}"
        outputs = _tried(self, self._what, call, images, label)
        if outputs.dim() == 0 or outputs.shape[0] != TRIED or outputs.numel() != TRIED * self.subject.outputs:
            wanted = f"[n, {self.subject.outputs}]" if self.subject.outputs > 1 else "[n] or [n, 1]"
            raise SettingsError(
                f"{self._what}: returned shape {tuple(outputs.shape)} for {call}; return one logit per sample, {wanted}"
                if self.subject.outputs == 1
                else f"{self._what}: returned shape {tuple(outputs.shape)} for {call}; this game needs {wanted}"
            )
        self.crosses_samples = _crosses_samples(self, self._what, images, label)
        bright_and_dark = EXTREME * torch.stack(
            [sign * image for sign, image in zip((1, -1, 1, -1), images, strict=True)]
        )
        with suppress(SettingsError):  # it need not be finite for such samples
            if end := bounding_layer(_tried(self, self._what, call, bright_and_dark, label)):
                _warn_once(f"{self._what}: its outputs are bounded; return raw logits, without {end} at the end")


def bounding_layer(outputs: Tensor) -> str:
    """Return "sigmoid" or "tanh" if the outputs of a discriminator for extreme samples are at its bounds, else ""."""
    for name, low in (("sigmoid", 0.0), ("tanh", -1.0)):
        at_bounds = torch.minimum((outputs - low).abs(), (outputs - 1).abs()) < BOUND
        if outputs.min() >= low and outputs.max() <= 1 and at_bounds.float().mean() > 0.5:
            return name
    return ""


@cache
def _warn_once(text: str) -> None:
    logging.getLogger("ganarium").warning("%s", text)


def generator(make: MakeModule, settings: OwnGeneratorConfig, subject: Subject) -> ForeignGenerator:
    """Build a generator of a registered or given module."""
    with torch.device("cpu"):
        return ForeignGenerator(make, settings, subject)


def discriminator(make: MakeModule, settings: DiscriminatorConfig, subject: Subject) -> ForeignDiscriminator:
    """Build a discriminator of a registered or given module."""
    with torch.device("cpu"):
        return ForeignDiscriminator(make, settings, subject)


def _made(what: str, make: MakeModule, settings: Any, **given: Any) -> nn.Module:
    """Call the user's function or class; raise `SettingsError` for a result that cannot be trained."""
    try:
        module = make(settings, **given)
    except GanariumError:
        raise
    except Exception as error:
        raise SettingsError(f"{what}: building it failed: {failure(error)}") from error
    if not isinstance(module, nn.Module):
        raise SettingsError(f"{what}: returned {type(module).__name__}; return a torch.nn.Module")
    refuse_untrainable(what, module)
    return module.to("cpu")  # whose random numbers are the same on every machine; training moves it to its device


def refuse_untrainable(what: str, module: nn.Module) -> None:
    """Raise `SettingsError` for a module without weights that can be trained."""
    tensors = [*module.parameters(), *module.buffers()]
    if any(isinstance(tensor, nn.UninitializedParameter | nn.UninitializedBuffer) for tensor in tensors):
        raise SettingsError(f"{what}: has lazy layers, which have no weights yet; give their sizes")
    if any(tensor.is_meta for tensor in tensors):
        raise SettingsError(f"{what}: its weights are on the meta device, without values; build it on the CPU")
    learning = [parameter for parameter in module.parameters() if parameter.requires_grad]
    if not learning:
        raise SettingsError(f"{what}: has no trainable parameters; add layers with weights, or set requires_grad=True")
    other = next((parameter.dtype for parameter in learning if parameter.dtype != torch.float32), None)
    if other is not None:
        name = str(other).removeprefix("torch.")
        raise SettingsError(f"{what}: its weights are {name}; use float32, for example module.float()")


def refuse_shared(modules: Mapping[str, nn.Module]) -> None:
    """Raise `SettingsError` if two modules, by the names of their settings, share a parameter."""
    owners: dict[Tensor, str] = {}
    for owner, module in modules.items():
        for name, parameter in module.named_parameters():
            if owners.setdefault(parameter, owner) != owner:
                raise SettingsError(
                    f"{owner}: shares the parameter {name.rpartition('module.')[2]} with the {owners[parameter]}, and "
                    "each player trains its own; give each network a copy, for example copy.deepcopy(layer)"
                )


def _takes_label(module: nn.Module, what: str, subject: Subject) -> bool:
    """Return whether the module receives labels; raise `SettingsError` if it does not although the game has some."""
    parameters = signature(module.forward).parameters.values()
    places = [each for each in parameters if each.kind in POSITIONAL]
    takes = len(places) > 1 or any(each.kind is Parameter.VAR_POSITIONAL for each in parameters)
    needed = len([each for each in places if each.default is Parameter.empty])
    if subject.classes and not takes:
        raise SettingsError(
            f"{what}: its forward method has no argument for labels, but the game has {subject.classes} classes; add "
            "one, or use game.conditional=false"
        )
    if needed > 1 and not subject.classes:
        raise SettingsError(
            f"{what}: its forward method needs a label, but the game has none; give this argument a default"
        )
    return bool(subject.classes) and takes


def _tried(
    network: ForeignGenerator | ForeignDiscriminator,
    what: str,
    call: str,
    *inputs: Tensor | None,
    perturbed: bool = False,
) -> Tensor:
    """Call a copy of a network in training mode; raise `SettingsError` if it fails or returns no finite tensor."""
    try:
        copy = deepcopy(network.module).train()
    except Exception as error:
        raise SettingsError(
            f"{what}: cannot be copied: {failure(error)}; remove attributes that cannot be copied"
        ) from error
    try:
        with seeded(0), torch.no_grad():
            if perturbed:
                for name, parameter in copy.named_parameters():
                    parameter.add_(0.1 * Streams(0).at(f"trial.{name}", normal(*parameter.shape), 0))
            output = copy(*inputs[: 2 if network.takes_label else 1])
    except Exception as error:
        raise SettingsError(f"{what}: failed on {call}: {failure(error)}") from error
    if not isinstance(output, Tensor) or not output.is_floating_point():
        raise SettingsError(f"{what}: returned {type(output).__name__} for {call}; return one tensor of floats")
    if not output.isfinite().all():
        raise SettingsError(f"{what}: returned values that are not finite for {call}; check its initial weights")
    return output


def _crosses_samples(
    network: ForeignGenerator | ForeignDiscriminator, what: str, inputs: Tensor, label: Tensor | None
) -> bool:
    """Return whether the first output changes with the other inputs, at perturbed weights that are nowhere 0."""
    others, call = torch.cat([inputs[:1], 1 - inputs[1:].flip(0)]), "a batch of other samples"
    outputs, again = (_tried(network, what, call, batch, label, perturbed=True) for batch in (inputs, others))
    return bool((outputs[0] - again[0]).abs().max() > CLOSE * outputs.abs().max().clamp(min=1e-30))


def _class_numbers(label: Tensor | None) -> Tensor | None:
    """Return labels as class numbers int64 [n]; raise `UsageError` for mixtures of classes, float [n, K]."""
    if label is None or not label.is_floating_point():
        return label
    if ((label != 0) & (label != 1)).any():
        raise UsageError(
            "this generator receives class numbers, not mixtures of classes: use the same label for all seeds"
        )
    return label.argmax(1)
