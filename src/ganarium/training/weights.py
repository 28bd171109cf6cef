"""Loading of a run's networks for use outside training: by samplers, class readers, translators and exports.

All of these use `networks_of` or `SavedNetwork`, so that changes of networks by remedies also apply there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from typing import Any, Generic, Literal, TypeVar, cast

import torch
from torch import Tensor, nn

from ganarium.config.experiment import Experiment
from ganarium.config.given import unused_for_samples
from ganarium.core.errors import InputError, UsageError
from ganarium.core.random_streams import Streams, permutation, seeded
from ganarium.data.batches import blocks_of, to_range
from ganarium.data.datasets import PairSet
from ganarium.data.load import load_data
from ganarium.networks.base import Generator, Network, Translator
from ganarium.runs.checkpoint import below
from ganarium.runs.directory import At, Run
from ganarium.runs.verified_checkpoint import checked_checkpoint, naming
from ganarium.training.build import build_networks, build_remedies, game_class
from ganarium.training.player import Side, copy_weights, refuse_unused, weights_of
from ganarium.training.remedies.base import Remedy
from ganarium.training.schedules import set_levels

Weights = Literal["ema", "raw"]
State = Mapping[str, Tensor]
Arguments = tuple[Tensor | None, ...]
N = TypeVar("N", bound=Network)

CALIBRATION, BLOCK = 1_024, 128  # samples for recomputing the statistics of batch norm, and their block size


def networks_of(
    experiment: Experiment, shape: tuple[int, ...], classes: int, tensors: State, step: int, side: Side
) -> dict[str, Network]:
    """Rebuild one player's networks as of a given training step, in eval mode and without gradients.

    The networks are built, loaded and changed by remedies as in `assemble`; `tensors` come from a checkpoint.
    """
    built = build_networks(experiment, shape, classes, [side])
    device = next(tensor.device for name, tensor in tensors.items() if name.startswith(f"{side}/weights."))
    networks = {name: network.allocate(device) for name, network in built.items()}
    for name, network in networks.items():
        copy_weights(network.requires_grad_(False), below(tensors, f"{side}/weights.{name}."))
    changing = _with_changing_remedies(experiment)
    remedies = build_remedies(changing, shape, device)
    set_levels(changing, remedies, step)
    for name, remedy in remedies.items():
        if type(remedy).change is not Remedy.change:
            remedy.change(side, networks)
            if state := below(tensors, f"remedies/{name}/"):  # empty if a fork added the remedy at this step
                remedy.restore(state)
    for name, network in networks.items():
        refuse_unused(network, below(tensors, f"{side}/weights.{name}."))
    return {name: network.eval() for name, network in networks.items()}


def _with_changing_remedies(experiment: Experiment) -> Experiment:
    """Return the experiment without remedies passed from Python that do not change networks, so are not needed here."""
    unused = unused_for_samples(experiment)
    needed = {name: settings for name, settings in experiment.remedies.items() if name not in unused}
    return experiment.model_copy(update={"remedies": needed})


class SavedNetwork(Generic[N]):
    """A network from `networks_of`, with the sets of weights that a checkpoint contains for it.

    The running statistics of batch norm are recomputed once for averaged weights: the average of the variances is not
    the variance under the averaged weights.

    sets: names of the sets of weights: "ema" first if the run has a moving average, and "raw"
    """

    def __init__(self, experiment: Experiment, network: N, side: Side, name: str, tensors: State) -> None:
        found = {
            "ema": below(tensors, f"remedies/ema/{name}."),
            "raw": below(tensors, f"{side}/weights.{name}."),
        }
        self._weights = {kind: weights for kind, weights in found.items() if weights}
        self.device = next(iter(self._weights["raw"].values())).device
        self.network = network
        self._experiment, self._name = experiment, name
        self._stale = has_statistics(network) and "ema" in self._weights

    @property
    def sets(self) -> tuple[str, ...]:
        """Return the available sets of weights, the default first."""
        return tuple(self._weights)

    def use(self, weights: Weights | None = None) -> N:
        """Return the network with the given set of weights. Raises `UsageError` for weights that do not exist."""
        name = self.sets[0] if weights is None else weights
        if not isinstance(name, str) or name not in self._weights:
            raise UsageError(
                f"weights {name!r}: this run has {' and '.join(self.sets)}; averaged weights need remedies.ema"
            )
        copy_weights(self.network, self._weights[name])
        if name == "ema" and self._stale:
            recompute_statistics(
                self.network, self.network, calibration(self._experiment, self.network, self._name, self.device)
            )
            self._weights[name] = {key: tensor.clone() for key, tensor in weights_of(self.network).items()}
            self._stale = False
        return self.network


def network_of(run: Run, name: str, at: At = None, weights: Weights | None = None) -> Network:
    """Return a network of a run by name ("generator", "discriminator", "back" …), ready for use.

    The checkpoint is the newest, the last at or before a step, or the "best". The averaged weights are the
    default, if available. Raises `UsageError` for a name or weights that do not exist.
    """
    sides = game_class(run.experiment).sides
    side = next((side for side, names in sides.items() if name in names), None)
    if side is None:
        raise UsageError(f"{run} has no network {name!r}: it has {', '.join(n for ns in sides.values() for n in ns)}")
    checkpoint = checked_checkpoint(run, at)
    tensors, provenance = checkpoint.tensors, run.provenance
    with naming(run):
        networks = networks_of(
            run.experiment, provenance.shape, len(provenance.classes), tensors, checkpoint.progress.step, side
        )
        return SavedNetwork(run.experiment, networks[name], side, name, tensors).use(weights)


def has_statistics(network: Network) -> bool:
    """Return whether any layer has running statistics."""
    return any(isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d) for layer in network.modules())


@torch.no_grad()
def recompute_statistics(network: Network, forward: Callable[..., Any], blocks: Iterable[Arguments]) -> None:
    """Set the running statistics of batch norm to their means over blocks (Wu & Johnson 2021, §3, PreciseBN).

    forward: the network, or one of its methods, to call with each block
    """
    layers = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d)]
    network.train()
    for number, arguments in enumerate(blocks, 1):
        for layer in layers:
            layer.momentum = 1 / number
        with nullcontext() if network.steady else seeded(number):
            forward(*arguments)
    network.eval()


def calibration(experiment: Experiment, network: Network, name: str, device: torch.device) -> Iterator[Arguments]:
    """Yield `CALIBRATION` inputs in blocks for recomputing statistics, determined by the run's seed.

    A generator gets latents, and every class equally often in random order; a translator gets training images of
    the domain that it translates. Raises `InputError` if these images are missing.
    """
    streams = Streams(experiment.seed)
    if isinstance(network, Translator):
        pictures = _training_pictures(experiment, first=name == game_class(experiment).sides["generator"][0])
        chosen = streams.at("average.pictures", permutation(len(pictures)), 0)[:CALIBRATION]
        for block in blocks_of(pictures[chosen], BLOCK):
            yield (to_range(block.to(device), network.output_range),)
        return
    generator = cast(Generator, network)
    latents = streams.rows("average.latents", generator.latents(), CALIBRATION)
    classes = generator.subject.classes
    labels = streams.at("average.labels", permutation(CALIBRATION), 0) % classes if classes else None
    for start in range(0, CALIBRATION, BLOCK):
        rows = slice(start, start + BLOCK)
        yield latents[rows].to(device), None if labels is None else labels[rows].to(device)


def _training_pictures(experiment: Experiment, *, first: bool) -> Tensor:
    try:
        source = load_data(experiment.data)
    except InputError as error:
        raise InputError(
            f"{error}; use the raw weights: with averaged weights, batch norm needs the training images"
        ) from None
    assert isinstance(source, PairSet)
    return source.x if first else source.y
