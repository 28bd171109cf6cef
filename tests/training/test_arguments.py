"""What a caller passes to a sampler: every type of number means the same or is refused in a sentence."""

import re

import numpy as np
import pytest
import torch
from torch import Tensor

import ganarium
from ganarium.core.arguments import MOST_SAMPLES
from ganarium.core.errors import UsageError
from ganarium.data.load import load_data
from ganarium.training.build import assemble
from ganarium.training.sampler import Sampler
from ganarium.training.translator import Translations

ONES = tuple(str(number) for number in range(1, 11))  # names of classes that are numbers, but not their own


def sampler_of(experiment, names: tuple[str, ...] = ()) -> Sampler:
    source = load_data(experiment.data)
    state = assemble(experiment, source, torch.device("cpu"))
    return Sampler(experiment, source.shape, names or source.classes, state.tensors(), 0)


@pytest.fixture(scope="module")
def plain(tiny) -> Sampler:
    return sampler_of(tiny())


@pytest.fixture(scope="module")
def told(tiny) -> Sampler:
    return sampler_of(tiny("game.conditional=true", "remedies.ema=true"))


@pytest.fixture(scope="module")
def run(tiny, tmp_path_factory) -> ganarium.Run:
    return ganarium.train(tiny("train.steps=4"), out=tmp_path_factory.mktemp("runs") / "run", on_line=str)


@pytest.mark.parametrize(
    "change",
    [
        lambda z: z,
        Tensor.double,
        lambda z: z.requires_grad_(),
        lambda z: z.clone()[:, :],
        Tensor.numpy,
        lambda z: z.double().numpy(),
        Tensor.tolist,
        lambda z: tuple(row.numpy() for row in z),
        lambda z: z.numpy()[::-1][::-1],
    ],
)
def test_latents_of_every_type_and_precision_make_the_same_pictures(plain: Sampler, told: Sampler, change):
    for sampler in (plain, told):
        assert torch.equal(sampler.generate(change(sampler.latents(5, seed=3))), sampler.sample(5, seed=3))


def test_latents_of_low_precision_are_what_they_say(plain: Sampler):
    for precision in (torch.bfloat16, torch.float16):
        low = plain.latents(5).to(precision)
        assert torch.equal(plain.generate(low), plain.generate(low.float()))


@pytest.mark.parametrize(
    ("latents", "reason"),
    [
        (np.zeros(3), r"latents of shape \(3,\): this generator takes \[n, 4\] or \[4\]"),
        (torch.zeros(2, 5), r"latents of shape \(2, 5\): this generator takes \[n, 4\]"),
        (torch.zeros(2, 4, 1), r"latents of shape \(2, 4, 1\)"),
        (torch.zeros(0, 4), r"len\(latents\)=0: must be between 1 and"),
        (torch.tensor(0.0), "latents of shape"),
        (torch.zeros(2, 4, dtype=torch.int64), "latents of type int64: pass floating-point numbers"),
        (torch.zeros(2, 4, dtype=torch.bool), "latents of type bool"),
        (torch.zeros(2, 4, dtype=torch.complex64), "latents of type complex64"),
        (torch.full((2, 4), float("nan")), "latents: some values are not finite"),
        (np.full((2, 4), 1e300), "latents: some values are not finite"),
        (torch.zeros(2, 4, device="meta"), "latents: cannot be converted to an array"),
        (torch.zeros(2, 4).to_sparse(), "latents: cannot be converted to an array"),
        ([[0.0] * 4, [0.0] * 3], "latents: cannot be converted to an array"),
        ([1, 2], "latents of type int64"),
        ("1,2", "latents of type"),
        (None, "latents of type object"),
    ],
)
def test_latents_that_fit_no_generator_are_refused(plain: Sampler, latents, reason: str):
    with pytest.raises(UsageError, match=reason):
        plain.generate(latents)


@pytest.mark.parametrize("label", [[9, 9], np.array([9, 9]), torch.tensor([9, 9]), torch.tensor([9, 9]).int(), "9", 9])
def test_labels_beside_latents_are_those_of_sample(told: Sampler, label):
    latents = told.latents(2)
    assert torch.equal(told.generate(latents, label), told.sample(2, labels="9"))


def test_without_labels_the_classes_take_turns_beside_latents_as_well(told: Sampler):
    assert torch.equal(told.generate(told.latents(12)), told.sample(12))


@pytest.mark.parametrize(
    "label",
    [
        *(torch.tensor([10, 10]), torch.tensor([-1, 0]), torch.tensor([1]), torch.tensor([True, False])),
        *(torch.tensor([1.0, 2.0]), np.array([1.0, 2.0]), [1.5, 2], "eleven", 10, [1, 2, 3], torch.zeros(2, 3)),
        *(torch.zeros(3, 10), np.full((2, 10), np.inf), torch.zeros(2, 10, dtype=torch.int64), {"label": 1}, True),
    ],
    ids=repr,
)
def test_labels_that_are_not_there_are_refused_beside_latents(told: Sampler, label):
    with pytest.raises(UsageError, match="label"):
        told.generate(told.latents(2), label)


def test_labels_are_refused_where_none_are_told(plain: Sampler):
    for label in ("1", torch.tensor([1, 1]), torch.zeros(2, 10)):
        with pytest.raises(UsageError, match="not class-conditional"):
            plain.generate(plain.latents(2), label)


def test_class_numbers_go_from_labels_to_generate_however_classes_are_named(tiny):
    sampler = sampler_of(tiny("game.conditional=true"), ONES)
    numbers = sampler.labels(3, "3")
    assert numbers.tolist() == [2, 2, 2]
    assert torch.equal(sampler.generate(sampler.latents(3), numbers), sampler.sample(3, labels="3"))
    for ambiguous in (3, [3, 3, 3], np.array([3, 3, 3])):
        with pytest.raises(UsageError, match="an integer is ambiguous here"):
            sampler.generate(sampler.latents(3), ambiguous)
    with pytest.raises(UsageError, match="class numbers go from 0 to 9"):
        sampler.generate(sampler.latents(1), torch.tensor([10]))


@pytest.mark.parametrize("change", [lambda x: x, Tensor.double, Tensor.numpy])
def test_mixtures_of_classes_have_any_precision(told: Sampler, change):
    mixtures = torch.eye(10)[[3, 4]]
    assert torch.equal(told.generate(told.latents(2), change(mixtures)), told.sample(2, labels=[3, 4]))


@pytest.mark.parametrize("seed", [7, np.int64(7), np.uint8(7), torch.tensor(7)], ids=repr)
def test_every_type_of_whole_number_is_the_same_seed_and_count(plain: Sampler, seed):
    assert torch.equal(plain.sample(seed, seed=seed), plain.sample(7, seed=7))
    assert torch.equal(plain.interpolate_seeds([1, seed], seed), plain.interpolate_seeds([1, 7], 7))


@pytest.mark.parametrize(
    "seed", [-1, 1.0, True, "1", None, [1], np.array([1, 2]), torch.tensor(1.0), np.bool_(1)], ids=repr
)
def test_what_is_no_seed_is_refused(plain: Sampler, seed):
    for call in (
        lambda: plain.sample(1, seed=seed),
        lambda: plain.latents(1, seed),
        lambda: plain.interpolate_seeds([1, seed]),
    ):
        with pytest.raises(UsageError, match="seed"):
            call()


@pytest.mark.parametrize("n", [0, -1, 2.0, True, "2", None, [2], MOST_SAMPLES + 1, torch.tensor([1, 2])], ids=repr)
def test_what_is_no_number_of_samples_is_refused(plain: Sampler, told: Sampler, n):
    for call in (plain.sample, plain.latents, told.labels, plain.labels):
        with pytest.raises(UsageError, match=f"n={re.escape(repr(n))}: must be"):
            call(n)


@pytest.mark.parametrize(
    "seeds",
    [
        torch.zeros(2, 4),
        np.zeros((2, 4)),
        torch.zeros(2),
        [0.5, 1.5],
        "12",
        5,
        None,
        {1: 2},
        [torch.zeros(4)] * 2,
        [[1], [2]],
    ],
    ids=repr,
)
def test_latents_and_other_things_are_no_seeds_to_walk_between(plain: Sampler, seeds):
    with pytest.raises(UsageError, match=r"seeds?="):
        plain.interpolate_seeds(seeds)


def test_seeds_to_walk_between_come_in_any_sequence(plain: Sampler):
    walk = plain.interpolate_seeds([1, 2], 3)
    for seeds in ((1, 2), range(1, 3), np.array([1, 2]), torch.tensor([1, 2])):
        assert torch.equal(plain.interpolate_seeds(seeds, 3), walk)


def test_a_walk_has_no_more_frames_than_samples_can_be_asked_for(plain: Sampler):
    with pytest.raises(UsageError, match="frames between all seeds"):
        plain.interpolate_seeds(range(200), 10_000)
    for frames in (0, 1.5, "3", 10_001):
        with pytest.raises(UsageError, match="frames="):
            plain.interpolate_seeds([1, 2], frames)


@pytest.mark.parametrize("t", [0, -1.0, float("nan"), "0.7", True, [1.0, 2.0], 1j], ids=repr)
def test_what_is_no_truncation_is_refused(plain: Sampler, t):
    with pytest.raises(UsageError, match="truncation="):
        plain.sample(1, truncation=t)


def test_truncations_of_every_type_mean_the_same(plain: Sampler):
    for t in (np.float32(0.5), torch.tensor(0.5), np.array(0.5)):
        assert torch.equal(plain.sample(3, truncation=t), plain.sample(3, truncation=0.5))


@pytest.mark.parametrize("weights", ["", "EMA", 1, ["ema"], {}], ids=repr)
def test_what_are_no_weights_is_refused(told: Sampler, weights):
    with pytest.raises(UsageError, match="weights"):
        told.sample(1, weights=weights)


@pytest.mark.slow
@pytest.mark.parametrize("at", ["newest", "4", "", -1, 1.5, True, [4]], ids=repr)
def test_what_is_no_step_is_refused(run, at):
    with pytest.raises(UsageError, match="at="):
        ganarium.load(run, at)
    if not isinstance(at, str):
        with pytest.raises(UsageError, match="at="):
            ganarium.fork(run, at)


@pytest.mark.slow
@pytest.mark.parametrize("wrong", [0, -1, 2.5, "5", True], ids=repr)
def test_lengths_and_counts_of_samples_are_whole_numbers_above_zero(run, tiny, tmp_path, wrong):
    asked = re.escape(repr(wrong))
    for call in (
        lambda: ganarium.train(tiny(), steps=wrong, out=tmp_path / "new"),
        lambda: ganarium.resume(run, steps=wrong),
        lambda: ganarium.trial(run, "ema", steps=wrong),
    ):
        with pytest.raises(UsageError, match=f"steps={asked}: must be"):
            call()
    for call in (ganarium.evaluate, lambda one, n: ganarium.compare([one], n=n)):
        with pytest.raises(UsageError, match=f"n={asked}: must be"):
            call(run, n=wrong)
    assert not (tmp_path / "new").exists()


@pytest.fixture(scope="module")
def translations(tiny) -> Translations:
    words = (
        "data=pairs",
        "data.count=16",
        "data.size=24",
        "data.paired=true",
        "game=paired",
        "generator=unet",
        "generator.width=2",
    )
    experiment = tiny(*words, "discriminator=patch", "discriminator.width=2", "discriminator.layers=1")
    source = load_data(experiment.data)
    state = assemble(experiment, source, torch.device("cpu"))
    return Translations(experiment, source.shape, state.tensors(), 0)


def test_pictures_to_translate_come_as_bytes_or_floats_in_arrays_or_tensors(translations: Translations):
    pictures = load_data(translations.experiment.data).x[:3]
    made = translations.translate(pictures)
    for given in (pictures.numpy(), pictures / 255, (pictures / 255).double().numpy(), list(pictures.numpy())):
        assert torch.equal(translations.translate(given), made)


@pytest.mark.parametrize(
    "pictures",
    [
        *(torch.zeros(0, 1, 24, 24, dtype=torch.uint8), torch.zeros(24, 24, dtype=torch.uint8), np.zeros((2, 8, 8))),
        *("x.png", None, torch.zeros(2, 3, 24, 24, dtype=torch.uint8), torch.full((1, 1, 24, 24), float("nan"))),
    ],
)
def test_what_are_no_pictures_of_its_shape_is_not_translated(translations: Translations, pictures):
    with pytest.raises(UsageError, match="pictures"):
        translations.translate(pictures)
