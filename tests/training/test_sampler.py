"""The sampler: sample i depends on (seed, i) alone, and everything asked wrongly is answered."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from ganarium.core.arguments import MOST_SAMPLES
from ganarium.core.errors import UsageError
from ganarium.core.random_streams import Streams, normal
from ganarium.data.batches import to_bytes
from ganarium.data.datasets import random_rows
from ganarium.data.load import load_data
from ganarium.plotting.images import grid
from ganarium.training.build import assemble, update_rule
from ganarium.training.engine import Engine
from ganarium.training.generator_inputs import spherical, truncated
from ganarium.training.grids import picture_beside_real, picture_of_samples
from ganarium.training.sampler import Sampler


def sampler_of(experiment) -> Sampler:
    source = load_data(experiment.data)
    state = assemble(experiment, source, torch.device("cpu"))
    Engine(experiment, state, update_rule(experiment)).advance(3)
    return Sampler(experiment, source.shape, source.classes, state.tensors(), 3)


@pytest.fixture(scope="module")
def plain(tiny) -> Sampler:
    return sampler_of(tiny())


@pytest.fixture(scope="module")
def told(tiny) -> Sampler:
    return sampler_of(tiny("game.conditional=true", "remedies.ema=true"))


@pytest.mark.parametrize("n", [1, 2, 63, 64, 65, 150])
def test_sample_i_does_not_depend_on_how_many_are_asked_for(plain: Sampler, told: Sampler, n: int):
    for sampler in (plain, told):
        assert torch.equal(sampler.sample(n), sampler.sample(200)[:n])


def test_samples_are_pictures_in_0_1_and_all_different(plain: Sampler):
    made = plain.sample(100)
    assert made.shape == (100, 1, 16, 16)
    assert 0 <= made.min() < made.max() <= 1
    assert len(made.unique(dim=0)) == 100


def test_points_come_as_they_are(tiny):
    sampler = sampler_of(tiny("data=ring", "generator.output=linear", "generator.latent=2"))
    made = sampler.sample(50)
    assert made.shape == (50, 2)
    assert made.min() < 0


def test_a_tanh_generators_pictures_are_brought_to_0_1(tiny):
    sampler = sampler_of(tiny("generator.output=tanh"))
    made = sampler.sample(20)
    assert 0 <= made.min() < 0.45 < 0.55 < made.max() <= 1


def test_a_seed_repeats_and_another_differs(plain: Sampler):
    assert torch.equal(plain.sample(3, seed=7), plain.sample(3, seed=7))
    assert not torch.equal(plain.sample(3, seed=7), plain.sample(3, seed=8))


def test_without_a_label_the_classes_take_turns(told: Sampler):
    assert told.classes == tuple("0123456789")
    assert told.labels(12).tolist() == [*range(10), 0, 1]
    assert torch.equal(told.sample(12), told.sample(12, labels=[*range(10), 0, 1]))


def test_one_label_is_for_all_and_labels_are_one_for_each(told: Sampler):
    assert torch.equal(told.sample(4, labels="3"), told.sample(4, labels=3))
    assert torch.equal(told.sample(4, labels="3"), told.sample(4, labels=torch.tensor([3, 3, 3, 3])))
    assert not torch.equal(told.sample(4, labels=3), told.sample(4, labels=4))
    assert torch.equal(told.sample(2, labels=[3, 4])[1], told.sample(2, labels=4)[1])


@pytest.mark.parametrize("label", [3, np.int64(3), torch.tensor(3), np.array([3, 3]), torch.tensor([3, 3]), ["3", 3]])
def test_every_type_of_label_asks_for_the_same_samples(told: Sampler, label: object):
    assert torch.equal(told.sample(2, labels=label), told.sample(2, labels="3"))
    assert torch.equal(
        told.interpolate_seeds([1, 2], 3, labels=label), told.interpolate_seeds([1, 2], 3, labels=["3", "3"])
    )


def test_a_class_without_training_pictures_is_neither_shown_nor_asked_for(tiny):
    experiment = tiny("game.conditional=true")
    source = load_data(experiment.data)
    labels = torch.where(source.labels == 0, 4, source.labels)
    source = replace(source, labels=torch.where(labels == 7, 4, labels))
    state = assemble(experiment, source, torch.device("cpu"))
    sampler = Sampler(experiment, source.shape, source.classes, state.tensors(), 0, ("0", "7"))
    assert sampler.labels(9).tolist() == [1, 2, 3, 4, 5, 6, 8, 9, 1]
    assert torch.allclose(sampler.interpolate_seeds([1, 2], 3)[-1], sampler.sample(1, seed=2, labels="1")[0], atol=1e-5)
    with pytest.raises(UsageError, match="had no training images"):
        sampler.interpolate_seeds([1, 2], 3, labels="7")
    shown, trained = picture_of_samples(sampler, source), to_bytes(sampler.sample(64)).numpy()
    assert np.array_equal(np.asarray(shown), np.asarray(grid(trained, 8)))
    made, numbers = sampler.sample(9), sampler.labels(9)
    assert picture_beside_real(made, numbers, source).height > 0


def test_a_class_without_pictures_has_blanks_beside_what_an_older_run_makes_of_it(tiny):
    source = load_data(tiny().data)
    source = replace(source, labels=torch.where(source.labels == 7, 4, source.labels))
    label = torch.tensor([7, 4, 7, 4])
    panel = np.asarray(picture_beside_real(torch.zeros(4, 1, 16, 16), label, source))[..., 0]
    order = random_rows(len(source), len(source))
    fours = source.images[order[source.labels[order] == 4][:2]]
    left = torch.stack([torch.zeros_like(fours[0]), fours[0], torch.zeros_like(fours[0]), fours[1]])
    real = np.asarray(grid(left.numpy()))
    assert np.array_equal(panel[:, : real.shape[1]], real)


@pytest.mark.parametrize("label", ["eleven", "10", 10, -1, [1], [1, 2, 3, 4], [1, 10], [-1, 0], [0.5, 1.0]])
def test_a_label_that_is_not_there_is_refused(told: Sampler, label: object):
    with pytest.raises(UsageError):
        told.sample(2, labels=label)


def test_labels_are_refused_where_none_are_told(plain: Sampler):
    assert plain.labels(3) is None
    with pytest.raises(UsageError, match="not class-conditional"):
        plain.sample(2, labels=3)


def test_averaged_weights_come_first_and_raw_ones_on_request(plain: Sampler, told: Sampler):
    assert told.weights == ("ema", "raw")
    assert torch.equal(told.sample(3), told.sample(3, weights="ema"))
    assert not torch.equal(told.sample(3), told.sample(3, weights="raw"))
    assert torch.equal(told.sample(3), told.sample(3, weights="ema"))
    assert plain.weights == ("raw",)
    with pytest.raises(UsageError, match="'ema'"):
        plain.sample(3, weights="ema")


@pytest.mark.parametrize("n", [0, -1, MOST_SAMPLES + 1])
def test_an_impossible_number_of_samples_is_refused(plain: Sampler, n: int):
    with pytest.raises(UsageError, match=f"n={n}: must be between 1 and 1,000,000"):
        plain.sample(n)


@pytest.mark.parametrize("noise", ["normal", "uniform"])
def test_truncation_bounds_latents_and_keeps_their_order(tiny, noise: str):
    sampler = sampler_of(tiny(f"generator.noise={noise}", "generator.latent=50"))
    whole = sampler.latents(100)
    for t in (0.1, 0.7, 1.0):
        cut = sampler.latents(100, truncation=t)
        assert 0.95 * t < cut.abs().max() <= t
        assert torch.equal(cut.flatten()[whole.flatten().argsort()], cut.flatten().sort().values)
    assert torch.allclose(sampler.latents(100, truncation=20.0), whole, atol=1e-6)
    assert not torch.equal(sampler.sample(3, truncation=0.1), sampler.sample(3))


def test_truncated_numbers_follow_the_normal_law_cut_off_at_t():
    cut = truncated(Streams(0).rows("z", normal(), 50_000), 1.0)
    inside = Streams(1).rows("z", normal(), 100_000)
    inside = inside[inside.abs() <= 1]
    assert cut.std().item() == pytest.approx(inside.std().item(), rel=0.01)
    assert cut.mean().item() == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("t", [0.0, -1.0, float("nan")])
def test_a_truncation_that_is_not_above_zero_is_refused(plain: Sampler, t: float):
    with pytest.raises(UsageError, match="truncation"):
        plain.sample(1, truncation=t)


def ends(seed: int = 0) -> tuple[Tensor, Tensor]:
    a, b = Streams(seed).rows("ends", normal(30), 2)
    return a, b


def test_a_spherical_walk_begins_and_ends_where_it_should():
    a, b = ends()
    walk = spherical(a, b, torch.tensor([0.0, 0.25, 1.0]))
    assert torch.allclose(walk[0], a, atol=1e-5)
    assert torch.allclose(walk[2], b, atol=1e-5)


def test_on_a_sphere_it_stays_on_the_sphere_and_goes_at_an_even_pace():
    a, b = (3 * end / end.norm() for end in ends())
    walk = spherical(a, b, torch.linspace(0, 1, 21))
    assert torch.allclose(walk.norm(dim=1), torch.tensor(3.0), atol=1e-5)
    paces = (walk[1:] - walk[:-1]).norm(dim=1)
    assert torch.allclose(paces, paces[:1].expand(20), rtol=1e-3)


@pytest.mark.parametrize("toward", [1.0, 1 + 1e-6, 2.0, -1.0], ids=["same", "close", "longer", "opposite"])
def test_parallel_ends_give_a_finite_walk_between_them(toward: float):
    a, _ = ends()
    walk = spherical(a, toward * a, torch.tensor([0.0, 0.5, 1.0]))
    assert walk.isfinite().all()
    assert torch.allclose(walk[0], a, atol=1e-4)
    assert torch.allclose(walk[2], toward * a, atol=1e-4)


def test_interpolation_begins_at_the_first_seed_and_ends_at_the_last(plain: Sampler, told: Sampler):
    frames = plain.interpolate_seeds([1, 2, 3], frames=5)
    assert len(frames) == 11
    for frame, seed in ((0, 1), (5, 2), (10, 3)):
        assert torch.allclose(frames[frame], plain.sample(1, seed=seed)[0], atol=1e-5)
    between = told.interpolate_seeds([1, 2], frames=4, labels=["3", "7"])
    assert torch.allclose(between[0], told.sample(1, seed=1, labels=3)[0], atol=1e-5)
    assert torch.allclose(between[-1], told.sample(1, seed=2, labels=7)[0], atol=1e-5)


def test_interpolation_without_labels_stays_at_one_class(told: Sampler):
    assert torch.allclose(told.interpolate_seeds([1, 2], 3)[-1], told.sample(1, seed=2, labels=0)[0], atol=1e-5)
    assert torch.equal(
        told.interpolate_seeds([1, 2], 3, labels=["5"]), told.interpolate_seeds([1, 2], 3, labels=["5", "5"])
    )


@pytest.mark.parametrize(
    ("seeds", "words"),
    [([1], {}), ([], {}), ([1, 2], {"frames": 0}), ([1, 2], {"labels": ["1", "2", "3"]}), ([1, 2], {"labels": ["x"]})],
)
def test_a_walk_that_cannot_be_made_is_refused(told: Sampler, seeds: list[int], words: dict[str, object]):
    with pytest.raises(UsageError):
        told.interpolate_seeds(seeds, **words)


def test_a_walk_with_labels_is_refused_where_none_are_told(plain: Sampler):
    with pytest.raises(UsageError, match="not class-conditional"):
        plain.interpolate_seeds([1, 2], labels=["1"])


def test_a_single_latent_gives_one_sample(plain: Sampler, told: Sampler):
    for latent in (plain.latents(1, 3)[0], plain.latents(1, 3)[0].double().numpy(), plain.latents(1, 3)[0].tolist()):
        assert torch.equal(plain(latent), plain.sample(1, seed=3))
    assert torch.equal(told(told.latents(3, 2), labels=[3, 1, 4]), told.sample(3, seed=2, labels=[3, 1, 4]))
    assert torch.allclose(told(told.latents(3, 2)[1], labels=1), told.sample(3, seed=2, labels=1)[1:2], atol=1e-5)


def test_interpolation_between_latents_begins_and_ends_with_them_on_the_great_circle(plain: Sampler, told: Sampler):
    z0, z1 = plain.latents(2, 5)
    walk = plain.interpolate(z0, z1, 5)
    assert torch.allclose(walk[[0, -1]], plain(torch.stack([z0, z1])), atol=1e-5)
    assert torch.equal(walk, plain.interpolate(z0.double().numpy(), z1[None].tolist(), 5))
    assert torch.allclose(walk[1:-1], plain(spherical(z0, z1, torch.tensor([0.25, 0.5, 0.75]))), atol=1e-5)
    assert torch.allclose(plain.interpolate(z1, z0, 5), walk.flip(0), atol=1e-5)
    assert torch.allclose(walk[0], plain.interpolate(z0, z0, 3)[1], atol=1e-5)
    assert len(plain.interpolate(z0, z1, 2)) == 2
    between = told.interpolate(z0, z1, 3, labels=["3", 7])
    assert torch.allclose(between[[0, 2]], told(torch.stack([z0, z1]), labels=[3, 7]), atol=1e-5)
    assert torch.equal(told.interpolate(z0, z1, 3, labels=5), told.interpolate(z0, z1, 3, labels=[5, 5]))


def test_interpolation_through_zero_and_between_opposite_latents_is_finite(plain: Sampler):
    z = plain.latents(1)[0]
    for end in (torch.zeros(4), -z, z):
        assert plain.interpolate(z, end, 4).isfinite().all()
        assert plain.interpolate(end, z, 4).isfinite().all()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (([1, 2], 3), "z0 of type int64: pass floating-point numbers"),
        ((torch.zeros(3), torch.zeros(4)), r"z0 of shape \(3,\): pass one latent of 4 numbers"),
        ((torch.zeros(4), torch.zeros(2, 4)), r"z1 of shape \(2, 4\): pass one latent of 4 numbers"),
        ((torch.zeros(4), torch.full((4,), np.nan)), "z1: some values are not finite"),
        ((torch.zeros(4), torch.ones(4), 1), "n=1: must be between 2 and"),
        ((torch.zeros(4), torch.ones(4), 2.0), r"n=2\.0: must be"),
        ((torch.zeros(4), None), "z1 of type object"),
    ],
)
def test_latents_that_cannot_be_interpolated_are_refused(plain: Sampler, arguments, complaint: str):
    with pytest.raises(UsageError, match=complaint):
        plain.interpolate(*arguments)


def test_the_latent_of_an_image_is_found_by_gradient_descent_through_the_generator(plain: Sampler):
    lowest, highest = plain.generator.output_range
    target = lowest + (highest - lowest) * plain.sample(1, seed=1)
    latent = plain.latents(1, seed=2).requires_grad_()
    optimizer = torch.optim.Adam([latent], lr=0.05)
    distances = []
    for _ in range(100):
        distance = (plain.generator(latent) - target).square().mean()
        optimizer.zero_grad()
        distance.backward()
        optimizer.step()
        distances.append(distance.item())
    assert distances[-1] < 0.05 * distances[0]
    assert not any(weights.requires_grad for weights in plain.generator.parameters())
    assert plain(latent).shape == (1, 1, 16, 16)
    assert not plain(latent).requires_grad


def test_the_former_name_of_labels_still_works_with_one_notice(told: Sampler, caplog):
    assert torch.equal(told.sample(2, label="3"), told.sample(2, labels="3"))
    assert told.labels(2, label="3").tolist() == [3, 3]
    assert [record.getMessage() for record in caplog.records] == [
        "label=… is now called labels=…; the old name still works"
    ] * 2
    with pytest.raises(UsageError, match="leave out label"):
        told.sample(2, labels="3", label="4")


def test_without_labels_given_latents_cycle_through_the_classes(told: Sampler):
    z = told.latents(3, 2)
    assert torch.equal(told(z), told(z, labels=[0, 1, 2]))
    assert torch.equal(told.interpolate(z[0], z[1]), told.interpolate(z[0], z[1], labels=0))


def test_the_repr_of_a_sampler_is_one_line_with_its_step_and_classes(told: Sampler):
    assert repr(told) == "<Sampler of a run at step 3: images 1×16×16, 10 classes, weights ema or raw>"
