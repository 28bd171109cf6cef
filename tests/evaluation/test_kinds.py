"""Scores by what is known exactly: the law of points, the digits in a stack, what a drawing shows."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

import ganarium
from ganarium.config.datasets import DATA, MnistConfig, StackedConfig
from ganarium.config.synthetic import PointsConfig
from ganarium.core.errors import InputError, UsageError
from ganarium.core.random_streams import Streams, normal
from ganarium.data.datasets import ImageSet, PointSet
from ganarium.data.load import load_data
from ganarium.evaluation.evaluate import evaluate_samples
from ganarium.evaluation.observer import can_evaluate
from ganarium.evaluation.points import score_points
from ganarium.evaluation.read_samples import read_samples
from ganarium.evaluation.reference import load_reference
from ganarium.evaluation.samples import Generated, ImageReference
from ganarium.evaluation.score import Score
from ganarium.evaluation.stacked import score_stacked_digits
from ganarium.evaluation.synthetic_images import READERS, score_ink, score_structure
from ganarium.evaluation.translations import overlap

pytestmark = pytest.mark.slow


def by_measure(scores) -> dict[str, Score]:
    return {score.name.split("/")[0]: score for score in scores}


def law_of(kind: str) -> PointSet:
    data = load_data(DATA[kind].settings())
    assert isinstance(data, PointSet)
    return data


@pytest.mark.parametrize(("kind", "modes"), [("ring", 8), ("grid", 25)])
def test_points_of_the_law_itself_score_as_the_law_does(kind: str, modes: int):
    data = law_of(kind)
    points = data.law.place(Streams(7).all_at("test", data.law.draws(2_500), 0))
    scores = by_measure(score_points(Generated(points), data))
    assert scores["modes"].value == scores["modes-half-full"].value == scores["modes"].floor == modes
    assert scores["high-quality"].value == pytest.approx(0.98889, abs=0.01)
    assert scores["high-quality-box"].value == pytest.approx(0.99461, abs=0.01)
    assert 0 < scores["mode-kl"].value < 3 * (modes - 1) / 5_000
    spread = scores["mode-spread"]
    assert spread.value == pytest.approx(1, abs=0.05)
    assert abs(spread.value - 1) < 3 * spread.error < 0.1
    assert abs(spread.floor - 1) < 4 * spread.error
    assert scores["sliced"].value < 2.5 * scores["sliced"].floor


def test_a_dropped_mode_and_a_wide_one_are_seen():
    data = law_of("ring")
    points = data.law.place(Streams(7).all_at("test", data.law.draws(2_500), 0))
    near = (points[:, None] - data.law.modes.float()).norm(dim=2).argmin(1)
    scores = by_measure(score_points(Generated(torch.where((near == 3)[:, None], -points, points)), data))
    assert scores["modes"].value == 7
    assert scores["mode-kl"].value > 10 * scores["mode-kl"].floor
    assert scores["sliced"].value > 3 * scores["sliced"].floor
    wide = points + 0.03 * Streams(0).at("wide", normal(2_500, 2), 0)
    assert by_measure(score_points(Generated(wide), data))["high-quality"].value < 0.5


def test_points_nowhere_have_no_numbers_of_modes():
    data = law_of("ring")
    scores = by_measure(score_points(Generated(torch.full((100, 2), 9.0)), data))
    assert scores["modes"].value == scores["high-quality"].value == 0
    assert "mode-kl" not in scores
    assert np.isfinite([score.value for score in scores.values()]).all()


def test_a_law_without_modes_is_scored_as_a_whole():
    kinds = [kind for kind in ("ring", "spiral", "line", "moons", "circles", "two-gaussians") if kind in DATA]
    for kind in kinds:
        data = law_of(kind)
        points = data.law.place(Streams(7).all_at("test", data.law.draws(500), 0))
        assert "sliced" in by_measure(score_points(Generated(points), data))


@pytest.fixture(scope="module")
def stacks() -> ImageReference:
    by = load_reference(StackedConfig(count=500))
    assert isinstance(by, ImageReference)
    return replace(by, held_out=first(by.held_out, 4_000))


def first(data: ImageSet, n: int, start: int = 0) -> ImageSet:
    truth = {name: values[start : start + n] for name, values in data.truth.items()}
    return replace(data, images=data.images[start : start + n], truth=truth)


def test_real_stacks_reach_as_many_modes_as_real_stacks(stacks: ImageReference):
    other = load_data(StackedConfig(count=4_000))
    scores = by_measure(score_stacked_digits(Generated(other.images), stacks))
    assert scores["modes"].value == pytest.approx(scores["modes"].floor, abs=12)
    assert scores["modes"].value == pytest.approx(len(np.unique(other.truth["digits"] @ [100, 10, 1], axis=0)), abs=5)
    assert scores["mode-kl"].value == pytest.approx(999 / 8_000, rel=0.2)
    assert abs(scores["mode-kl-corrected"].value) < 0.03


def test_a_colour_that_never_changes_is_a_tenth_of_the_modes(stacks: ImageReference):
    images = load_data(StackedConfig(count=4_000)).images.clone()
    images[:, 0] = images[0, 0]
    scores = by_measure(score_stacked_digits(Generated(images), stacks))
    assert scores["modes"].value <= 105
    assert scores["mode-kl"].value > 2


COUNTS = {"points": 300, "lines": 60, "puzzles": 300, "polygons": 100, "figures": 60}


@pytest.fixture(scope="module", params=READERS)
def drawn(request: pytest.FixtureRequest) -> ImageReference:
    settings = DATA[request.param].settings(count=COUNTS[request.param])
    train, test = load_data(settings), load_data(settings, "test")
    return ImageReference(train, first(test, COUNTS[request.param]), "test")


def test_drawn_pictures_are_valid_and_distributed_as_drawn_ones(drawn: ImageReference):
    scores = list(score_structure(Generated(drawn.train.images), drawn))
    valid, *others = scores
    assert valid.value == valid.floor >= 0.95
    assert others
    for score in others:
        assert score.value == pytest.approx(score.floor, abs=1e-12)  # they are the pictures that stand in
        assert score.value < 0.5
        assert "lower is better" in score.note


def test_noise_is_valid_in_no_way_and_says_why(drawn: ImageReference):
    noise = (255 * Streams(0).at("noise", normal(20, *drawn.train.shape), 0).sigmoid()).byte()
    scores = list(score_structure(Generated(noise), drawn))
    assert [score.value for score in scores] == [0.0]
    assert "100.0%" in scores[0].note or "%" in scores[0].note


def test_a_count_that_is_missing_is_seen():
    settings = PointsConfig(count=1_000)
    by = ImageReference(load_data(settings), first(load_data(settings, "test"), 1_000), "test")
    few = by.train.images[torch.from_numpy(by.train.truth["count"]) < 5]
    scores = by_measure(score_structure(Generated(few), by))
    assert scores["valid"].value == 1
    assert scores["count"].value == pytest.approx(0.5, abs=0.05)
    assert 0 < scores["count"].margin < 0.1


def test_ink_is_compared_whether_images_are_valid_or_not():
    settings = PointsConfig(count=1_000)
    by = ImageReference(load_data(settings), first(load_data(settings, "test"), 1_000), "test")
    (same,) = score_ink(Generated(by.train.images), by)
    assert same.value == same.floor < 0.1
    blocks = by.train.images.flatten(2).sort(2).values.view_as(by.train.images)  # the same ink, all of it in one place
    assert next(score_ink(Generated(blocks), by)).value == pytest.approx(same.value, abs=1e-6)
    spread = by.held_out.images.flatten(1).double().mean(1).std(correction=0).item()
    brighter = by.train.images.clamp_max(235) + 20
    expected = 20 - (by.train.images.double() - by.train.images.clamp_max(235)).mean().item()
    assert next(score_ink(Generated(brighter), by)).value == pytest.approx(expected / spread, rel=0.02)


def test_bright_pixels_overlap_by_their_intersection_over_their_union():
    one, other = (torch.zeros(4, 1, 4, 4, dtype=torch.uint8) for _ in range(2))
    one[0, :, :2], other[0, :, :2] = 255, 255  # the same half
    one[1, :, :2], other[1, :, 1:3] = 128, 200  # two rows each, one of them shared
    one[2, :, :1], other[2, :, 3:] = 255, 255  # no pixel in common
    one[3], other[3] = 127, 0  # nothing bright
    assert overlap(one, other).tolist() == overlap(other, one).tolist() == [1, 1 / 3, 0, 1]


def test_a_reading_is_found_again_by_another_process(tmp_path, monkeypatch):
    monkeypatch.setenv("GANARIUM_CACHE", str(tmp_path))
    settings = PointsConfig(count=200)
    by = ImageReference(load_data(settings), first(load_data(settings, "test"), 200), "test")
    made = Generated(by.train.images.roll(1, 3))
    before = list(score_structure(made, by))
    assert len(list(tmp_path.glob("*.reading"))) == 2
    assert list(score_structure(made, by)) == before


def test_every_data_set_has_a_standard_but_what_holds_nothing_out(tiny):
    assert can_evaluate(tiny())
    assert can_evaluate(tiny("data=ring"))
    assert isinstance(load_reference(MnistConfig(), "validation"), ImageReference)


def test_samples_of_another_shape_and_pairs_are_refused():
    with pytest.raises(InputError, match="nothing is resized"):
        list(
            evaluate_samples(
                Generated(torch.zeros(5, 1, 20, 20, dtype=torch.uint8)), load_reference(PointsConfig(count=10))
            )
        )
    with pytest.raises(InputError, match="nothing is resized"):
        evaluate_samples(Generated(torch.zeros(5, 3)), load_reference(DATA["ring"].settings()))
    pairs = load_reference(DATA["pairs"].settings(count=20))
    with pytest.raises(UsageError, match="translates"):
        evaluate_samples(Generated(torch.zeros(5, 1, 28, 28, dtype=torch.uint8)), pairs)


def test_points_of_a_file_are_read_and_odd_ones_refused(tmp_path):
    np.savez(tmp_path / "good.npz", points=np.ones((5, 2)))
    np.savez(tmp_path / "whole.npz", points=np.ones((5, 2), int))
    for name in ("good", "whole"):
        assert torch.equal(read_samples(tmp_path / f"{name}.npz", law_of("ring")).samples, torch.ones(5, 2))
    for name, points in {"wide": np.ones((5, 65)), "deep": np.ones((5, 2, 2)), "nan": np.full((5, 2), np.nan)}.items():
        np.savez(tmp_path / f"{name}.npz", points=points)
        with pytest.raises(InputError, match=r"rows of 1 to 64 finite numbers|is not finite"):
            read_samples(tmp_path / f"{name}.npz", law_of("ring"))


@pytest.mark.parametrize("data", [None, "labels"])
def test_pictures_of_ones_own_are_judged_with_and_without_labels(tmp_path, data: str | None):
    images = Streams(0).at("own", normal(900, 1, 16, 16), 0).sigmoid().mul(255).byte()
    labels = {} if data is None else {"labels": np.arange(900) % 3}
    np.savez(tmp_path / "own.npz", images=images.numpy(), **labels)
    words = ("data.held_out=0.3", "train.steps=3", "generator.hidden=[8]", "discriminator.hidden=[8]")
    run = ganarium.train(
        "dense-layers", *words, "engine.threads=1", data=tmp_path / "own.npz", out=tmp_path / "run", on_line=str
    )
    scores = ganarium.evaluate(run, n=100)
    assert {score.name.split("/")[0] for score in scores} >= {"frechet", "recall", "copy-rate"}
    assert ganarium.evaluate(run, n=100, split="validation")


def test_too_few_pictures_on_either_side_are_told_and_hinder_no_training(tmp_path):
    images = Streams(0).at("own", normal(100, 1, 16, 16), 0).sigmoid().mul(255).byte()
    np.savez(tmp_path / "few.npz", images=images.numpy())
    words = ("train.steps=3", "generator.hidden=[8]", "discriminator.hidden=[8]", "engine.threads=1")
    run = ganarium.train("dense-layers", *words, data=tmp_path / "few.npz", out=tmp_path / "run", on_line=str)
    with pytest.raises(InputError, match=r"only 2 test images are held out: scores need at least 60.*add images"):
        ganarium.evaluate(run, n=100)
    with pytest.raises(InputError, match="59 samples are too few: scores need at least 60"):
        list(
            evaluate_samples(
                Generated(torch.zeros(59, 1, 28, 28, dtype=torch.uint8)), load_reference(PointsConfig(count=100))
            )
        )


@pytest.mark.parametrize("kind", ["memory", "npz", "folder"])
def test_masks_of_0_and_1_are_refused_as_samples_of_pictures_of_0_to_255(tmp_path, kind: str):
    masks = (Streams(0).at("own", normal(64, 1, 28, 28), 0) > 0).byte()
    for name, images in (("dark", masks), ("right", masks * 255)):
        np.savez(tmp_path / f"{name}.npz", images=images.numpy())
        (tmp_path / name).mkdir()
        for i, image in enumerate(images.numpy()):
            Image.fromarray(image[0]).save(tmp_path / name / f"{i}.png")
    real = load_reference(PointsConfig(count=100))
    places = {"memory": masks, "npz": tmp_path / "dark.npz", "folder": tmp_path / "dark"}
    with pytest.raises(InputError, match=r"values are 0 and 1, but those of data=points go up to 255; multiply"):
        read_samples(places[kind], real)
    right = {"memory": masks * 255, "npz": tmp_path / "right.npz", "folder": tmp_path / "right"}
    assert read_samples(right[kind], real).samples.max() == 255
    assert isinstance(real, ImageReference)
    dark = replace(real, train=replace(real.train, images=real.train.images // 255))
    assert read_samples(places[kind], dark).samples.max() == 1


def test_files_of_another_size_are_named_and_not_resized(tmp_path):
    for i in range(3):
        Image.fromarray(np.zeros((40 + i, 56), np.uint8)).save(tmp_path / f"{i}.png")
    with pytest.raises(InputError, match=r"40×56.*42×56.*28×28: nothing is resized"):
        read_samples(tmp_path, load_reference(PointsConfig(count=100)))
    with pytest.raises(InputError, match="pass points as an"):
        read_samples(tmp_path, law_of("ring"))


@pytest.mark.slow
def test_the_codes_of_a_run_without_labels_have_a_purity_and_other_runs_have_none(tmp_path):
    words = ("generator.width=2", "discriminator.width=2", "train.batch=8", "data.count=200", "engine.threads=1")
    for recipe, expected in (("infogan", True), ("lsgan", False)):
        run = ganarium.train(recipe, *words, steps=2, out=tmp_path / recipe, on_line=str)
        scores = ganarium.evaluate(run, n=200)
        for name in ("purity", "code-accuracy"):
            assert (name in scores) == expected
            assert not expected or (scores[name].floor > 0.99 and scores[name].margin > 0)
        if expected:
            assert 0.1 <= scores["code-accuracy"].value <= scores["purity"].value <= 1
