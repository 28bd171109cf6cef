"""Train a classifier for the evaluation of generated images, and write it into the package.

    python benchmarks/train_classifier.py --seed 0
    python benchmarks/train_classifier.py --data fashion --epochs 24 --seed 0

It trains on the first 50,000 images of the training file, slightly shifted, rotated, scaled and sheared, but
never blurred or noisy, so that its features remain sensitive to these faults. The saved weights are
the running average after the epoch with the best accuracy on the last 10,000 images of that file. The test
file is read once, after this choice. Takes about twenty minutes on one processor core.
"""

import argparse
import json
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import torch
import torch.nn.functional as F
from safetensors.torch import save
from torch import Tensor, nn

from ganarium.config.overrides import data_settings
from ganarium.core.atomic import write_whole
from ganarium.core.random_streams import Draw, Streams, normal, permutation, uniform
from ganarium.data.datasets import ImageSet, Split
from ganarium.data.load import load_data
from ganarium.networks.classifier import Classifier

ROOT = Path(__file__).resolve().parents[1]
WEIGHTS = ROOT / "src/ganarium/evaluation/weights"
RESULTS = ROOT / "results/classifiers"

TURN = math.radians(10)  # maximum rotation
SCALE, SHEAR, SHIFT = 0.1, 0.1, 2.0  # maximum changes: relative to the size, pixels per pixel, pixels


@dataclass(frozen=True)
class Plan:
    """Hyperparameters of the training."""

    data: str
    seed: int
    epochs: int
    batch: int
    lr: float
    weight_decay: float
    average: float
    smoothing: float


def main() -> None:
    """Train, select weights on the validation split, evaluate once on the test split, and write both files."""
    plan = arguments()
    began = perf_counter()
    train, validation, test = (load_split(plan.data, split) for split in ("train", "validation", "test"))
    best, epoch, best_accuracy = fit(plan, train, validation)
    net = best.folded()
    card = {
        "data": plan.data,
        "data_hash": {"train": train.hash, "validation": validation.hash, "test": test.hash},
        "command": " ".join(["python", "benchmarks/train_classifier.py", *sys.argv[1:]]),
        "epoch": epoch,
        "validation_accuracy": best_accuracy,
        "test_accuracy": accuracy(net, test),
        "parameters": sum(weight.numel() for weight in net.parameters()),
    }
    weights = {name: tensor.contiguous() for name, tensor in net.state_dict().items()}
    data = save(weights, metadata={"card": json.dumps(card, sort_keys=True)})
    write_whole(WEIGHTS / f"{plan.data}.safetensors", data)
    seconds = round(perf_counter() - began, 1)
    results = {**card, "bytes": len(data), "seconds": seconds, "threads": 1, "torch": str(torch.__version__)}
    write_whole(RESULTS / f"{plan.data}.json", (json.dumps(results, indent=2) + "\n").encode())
    print(json.dumps(results, indent=2))


def arguments() -> Plan:
    """Return the hyperparameters given on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", choices=["mnist", "fashion"], default="mnist")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=36)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--lr", type=float, default=0.1, help="maximum learning rate")
    parser.add_argument("--weight-decay", type=float, default=5e-4)
    parser.add_argument("--average", type=float, default=0.998, help="decay of the running average, per step")
    parser.add_argument("--smoothing", type=float, default=0.0, help="fraction of each label spread over all classes")
    return Plan(**vars(parser.parse_args()))


def load_split(name: str, split: Split) -> ImageSet:
    """Load one split of a labelled data set of 28×28 grey images."""
    data = load_data(data_settings([f"data={name}"]), split)
    assert isinstance(data, ImageSet)
    return data


def fit(plan: Plan, train: ImageSet, validation: ImageSet) -> tuple[Classifier, int, float]:
    """Return the best running average, its epoch and its validation accuracy."""
    streams = Streams(plan.seed)
    net, running, best = (Classifier(normed=True) for _ in range(3))
    initialize(net, streams)
    running.load_state_dict(net.state_dict())
    optimizer = torch.optim.SGD(net.parameters(), plan.lr, momentum=0.9, nesterov=True, weight_decay=plan.weight_decay)
    steps = plan.epochs * (len(train) // plan.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, plan.lr, total_steps=steps, pct_start=0.2, cycle_momentum=False
    )
    best_epoch, best_accuracy = 0, 0.0
    for epoch in range(1, plan.epochs + 1):
        began = perf_counter()
        losses = []
        for step, pictures, labels in batches(plan, train, streams, epoch - 1):
            pictures = distort(pictures, streams.at("distort", changes(plan.batch), step))
            loss = F.cross_entropy(net(pictures), labels, label_smoothing=plan.smoothing)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            move_towards(running, net, 1 - plan.average)
            losses.append(loss.detach())
        reached = accuracy(running, validation)
        if reached >= best_accuracy:
            best_epoch, best_accuracy = epoch, reached
            best.load_state_dict(running.state_dict())
        seconds = perf_counter() - began
        mean = torch.stack(losses).mean()
        print(f"epoch {epoch:3}  loss {mean:.4f}  validation {reached:.2%}  {seconds:.1f} s", flush=True)
    return best, best_epoch, best_accuracy


def batches(plan: Plan, data: ImageSet, streams: Streams, epoch: int) -> Iterator[tuple[int, Tensor, Tensor]]:
    """Yield (step, images in [0, 1], labels) for one epoch, with each image at most once, in random order."""
    assert data.labels is not None
    count = len(data) // plan.batch
    rows = streams.at("order", permutation(len(data)), epoch)[: count * plan.batch].view(count, plan.batch)
    for index, row in enumerate(rows):
        yield epoch * count + index, data.images[row].float() / 255, data.labels[row]


def changes(n: int) -> Draw:
    """Return the random draw for n images: angle, x and y scale, shear, x and y shift."""
    return uniform(n, 6, low=-1, high=1)


def distort(pictures: Tensor, draw: Tensor) -> Tensor:
    """Shift, rotate, scale and shear each image by its row of draws in [−1, 1)."""
    n, _, height, width = pictures.shape
    angle, across, down, shear, right, low = draw.unbind(1)
    cos, sin = (TURN * angle).cos(), (TURN * angle).sin()
    turned = torch.stack([torch.stack([cos, -sin], 1), torch.stack([sin, cos], 1)], 1)
    stretch = torch.zeros(n, 2, 2)
    stretch[:, 0, 0] = 1 + SCALE * across
    stretch[:, 1, 1] = 1 + SCALE * down
    stretch[:, 0, 1] = SHEAR * shear
    shift = torch.stack([right * 2 * SHIFT / width, low * 2 * SHIFT / height], 1)
    theta = torch.cat([turned @ stretch, shift[:, :, None]], 2)
    grid = F.affine_grid(theta, list(pictures.shape), align_corners=False)
    return F.grid_sample(pictures, grid, align_corners=False)


@torch.no_grad()
def initialize(net: nn.Module, streams: Streams) -> None:
    """Initialize weights by He's normal distribution and biases by zero, from the given random streams."""
    for name, layer in net.named_modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            spread = math.sqrt(2 / layer.weight[0].numel())
            layer.weight.copy_(spread * streams.at(f"weights.{name}", normal(*layer.weight.shape), 0))
            assert layer.bias is not None
            layer.bias.zero_()


@torch.no_grad()
def move_towards(average: nn.Module, net: nn.Module, share: float) -> None:
    """Move the weights and batch statistics of the running average towards the network's by the fraction `share`."""
    theirs = net.state_dict()
    for name, mine in average.state_dict().items():
        if mine.is_floating_point():
            mine.lerp_(theirs[name], share)


@torch.no_grad()
def accuracy(net: Classifier, data: ImageSet) -> float:
    """Return the fraction of correct predictions, in evaluation mode."""
    assert data.labels is not None
    net.eval()
    guesses = torch.cat([net(part.float() / 255).argmax(1) for part in torch.split(data.images, 500)])
    net.train()
    return (guesses == data.labels).double().mean().item()


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
