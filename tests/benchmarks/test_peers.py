"""The peers train the networks that we train."""

import math
from itertools import islice

import pytest
import torch
from benchmarks.peers.pairs import count, peer_of
from benchmarks.speed.contenders import experiment_of
from benchmarks.speed.jax_process import sizes_of, spec_of
from benchmarks.speed.works import S2_A, SAME_GAME, WORKS, Work

from ganarium.config.experiment import Experiment
from ganarium.data.datasets import ImageSet
from ganarium.data.load import load_data
from ganarium.training.build import build_networks

FEW = ("train.batch=8", "data.count=80", "engine.device=cpu")
SMALL = ("generator.width=8", "generator.max_channels=16", "discriminator.width=8", "discriminator.max_channels=16")
BIG = ("DCGAN-64",)  # whose networks are made smaller here


def few(work: Work) -> tuple[Experiment, ImageSet]:
    experiment = experiment_of(work, [*FEW, *(SMALL if work.name in BIG else ())])
    source = load_data(experiment.data)
    assert isinstance(source, ImageSet)
    return experiment, source


@pytest.mark.slow
@pytest.mark.parametrize("work", [*WORKS, SAME_GAME], ids=lambda work: work.name)
def test_a_peer_has_our_weights_and_shapes_and_its_losses_are_finite(work: Work):
    torch.manual_seed(0)
    experiment, source = few(work)
    peer = peer_of(experiment, source, work.loop)
    networks = build_networks(experiment, source.shape, len(source.classes))
    assert count(peer.setting.generator) == count(networks["generator"])
    assert count(peer.setting.discriminator) == count(networks["discriminator"])
    before = [weight.clone() for weight in peer.setting.generator.parameters()]
    losses = list(islice(peer.steps, 3))
    assert all(math.isfinite(loss) for pair in losses for loss in pair)
    moved = zip(before, peer.setting.generator.parameters(), strict=True)
    assert all(not torch.equal(old, new) for old, new in moved)
    latents = torch.cat([peer.setting.noise(), torch.zeros(8, peer.setting.classes)], 1)  # of no class
    assert tuple(peer.setting.generator(latents).shape) == (8, *source.shape)


@pytest.mark.slow
def test_a_picture_whose_side_is_no_multiple_of_the_coarsest_maps_has_a_margin():
    (lean,) = (work for work in WORKS if work.name == "lean-28")
    experiment = experiment_of(lean, [*FEW, "data=points", "data.size=60", "data.count=20"])
    source = load_data(experiment.data)
    assert isinstance(source, ImageSet)
    peer = peer_of(experiment, source, lean.loop)
    assert tuple(peer.setting.generator(peer.setting.noise()).shape) == (8, 1, 60, 60)
    assert all(math.isfinite(loss) for loss in next(peer.steps))


@pytest.mark.slow
def test_the_plain_loss_of_the_discriminator_falls():
    torch.manual_seed(0)
    experiment, source = few(S2_A)
    losses = [loss for loss, _ in islice(peer_of(experiment, source, S2_A.loop).steps, 12)]
    assert sum(losses[-3:]) < sum(losses[:3])


def test_jax_is_told_the_sizes_that_ours_have(tmp_path):
    dense, strided = (few(work) for work in WORKS if work.jax)
    assert sizes_of(dense[0], dense[1].shape) == {
        "family": "dense",
        "generator": [100, 256, 784],
        "discriminator": [784, 256, 1],
    }
    told = spec_of(strided[0], strided[1].shape, tmp_path / "pictures.npy", "float32")
    assert told["generator"] == [128, 64, 1]
    assert told["discriminator"] == [1, 64, 128]
    assert told["coarsest"] == 7
    assert not told["simultaneous"]
