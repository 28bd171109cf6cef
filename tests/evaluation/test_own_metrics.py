"""Registered metrics: their scores, floors, errors and names, and functions that cannot be used."""
# ruff: noqa: ARG001, ARG005 (a metric takes two arguments, whatever it returns)

import logging

import numpy as np
import pytest
import torch

import ganarium
from ganarium.config.metrics import METRICS, metric_names
from ganarium.core.errors import UsageError
from ganarium.core.random_streams import numpy_generator
from ganarium.evaluation.own_metrics import score_own_metrics

RNG = numpy_generator(0, "own-metrics")


@pytest.fixture(autouse=True)
def _registries(own_registries: None) -> None:
    """Every test registers what it needs, and leaves nothing."""


@pytest.fixture(scope="module")
def points(tmp_path_factory) -> str:
    """A file of points, some of which are held out."""
    file = tmp_path_factory.mktemp("points") / "points.npy"
    np.save(file, RNG.normal(size=(2_000, 2)).astype(np.float32))
    return str(file)


def scores(samples, against: str, **keywords) -> dict[str, ganarium.Score]:
    """The scores of registered metrics, by name."""
    found = ganarium.evaluate(samples, against=against, **keywords)
    return {score.name: score for score in found if any(score.name.startswith(name) for name in metric_names())}


def mean_gap(real, fake, power: float = 2.0):
    """Distance of the means."""
    return (real.mean(0) - fake.mean(0)).norm(p=power)


def test_a_metric_has_a_floor_an_error_and_the_hash_of_its_source(points):
    ganarium.register.metric("mean-gap", better="lower")(mean_gap)
    (name,) = metric_names()
    near, far = RNG.normal(size=(200, 2)), RNG.normal(size=(200, 2)) + 1
    ((full, good),) = scores(near.astype(np.float32), points).items()
    ((_, bad),) = scores(far.astype(np.float32), points).items()
    assert full == f"{name}/points"
    assert name.startswith("mean-gap-")
    assert good.floor == bad.floor < 0.5
    assert good.value < 0.5 < bad.value == pytest.approx(2**0.5, abs=0.4)
    assert bad.error == pytest.approx((1 / 200) ** 0.5, rel=0.7)
    assert bad.note == "Distance of the means, lower is better"


def test_the_value_is_that_of_the_function_on_held_out_samples_and_features(points):
    received = []

    @ganarium.register.metric("rows")
    def rows(real, fake):
        received.append((real, fake))
        return len(fake) / len(real)

    mine = RNG.normal(size=(120, 2)).astype(np.float32)
    ((_, score),) = scores(mine, points).items()
    real, fake = received[10]  # after the ten samples without a tenth
    assert torch.equal(fake.sort(0).values, torch.from_numpy(mine).sort(0).values)
    assert score.value == len(fake) / len(real)
    assert score.note == "rows, best at the value for real data"


@pytest.mark.slow
def test_images_come_as_features_of_each_extractor_or_as_images_in_the_unit_interval(tmp_path):
    np.savez(tmp_path / "images.npz", images=RNG.integers(0, 256, size=(400, 16, 16)).astype(np.uint8))
    shapes = {}

    @ganarium.register.metric("of-features")
    def of_features(real, fake):
        shapes["features"] = (real.shape[1:], fake.shape)
        return 1.0

    @ganarium.register.metric("of-images", takes="images")
    def of_images(real, fake):
        shapes["images"] = (real.shape[1:], fake.shape)
        return float(fake.max() + real.max())

    images = RNG.integers(0, 256, size=(100, 1, 16, 16)).astype(np.uint8)
    found = scores(images, str(tmp_path / "images.npz"), words=["held_out=0.5"])
    assert shapes["features"] == ((64,), (100, 64))
    assert shapes["images"] == ((1, 16, 16), (100, 1, 16, 16))
    assert sorted({name.partition("/")[2].rsplit("-", 1)[0] for name in found}) == ["pixels", "random-conv"]
    assert next(score.value for name, score in found.items() if name.endswith("pixels")) == 2.0


def raises(real, fake):
    raise RuntimeError("no such luck")


def not_a_number(real, fake):
    return float("nan")


def many(real, fake):
    return fake


def changes_its_arguments(real, fake):
    real.zero_()
    fake.zero_()
    return 0.0


def draws(real, fake):
    return torch.rand(()).item()


@pytest.mark.parametrize("function", [raises, not_a_number, many])
def test_a_metric_that_fails_is_left_out_with_a_warning_that_names_it(points, caplog, function):
    ganarium.register.metric("failing")(function)
    with caplog.at_level(logging.WARNING, "ganarium"):
        assert scores(RNG.normal(size=(80, 2)).astype(np.float32), points) == {}
    (line,) = [record.getMessage() for record in caplog.records if "failing" in record.getMessage()]
    assert line.startswith("metric failing: left out, because it failed: ")
    assert function is not many or line.endswith("ValueError: it returned shape (72, 2); return one number")
    assert "\n" not in line


def test_a_metric_changes_no_other_score_and_repeats_its_draws(points):
    mine = RNG.normal(size=(80, 2)).astype(np.float32)
    before = ganarium.evaluate(mine, against=points)
    ganarium.register.metric("changing")(changes_its_arguments)
    ganarium.register.metric("drawing")(draws)
    torch.manual_seed(1)
    first = ganarium.evaluate(mine, against=points)
    torch.manual_seed(2)
    assert ganarium.evaluate(mine, against=points) == first
    assert first[: len(before)] == before


def test_a_metric_that_changes_its_arguments_has_the_value_and_floor_of_one_that_does_not(points):
    def centred(real, fake):
        fake -= real.mean(0)
        real -= real.mean(0)
        return fake.norm()

    def centred_copy(real, fake):
        return centred(real.clone(), fake.clone())

    for metric in (centred, centred_copy):
        ganarium.register.metric(metric.__name__.replace("_", "-"))(metric)
    first, second = scores(RNG.normal(1, size=(80, 2)).astype(np.float32), points).values()
    assert (first.value, first.floor, first.error) == (second.value, second.floor, second.error)


def test_a_failure_is_reported_once_for_all_extractors(caplog):
    ganarium.register.metric("failing")(raises)
    reported: set[str] = set()
    rows = torch.zeros(20, 2)
    for extractor in ("a", "b"):
        assert not [*score_own_metrics("features", lambda: (rows, rows, rows), extractor, "", reported)]
    assert caplog.text.count("no such luck") == 1


def test_another_source_is_another_name():
    def named(line: str) -> str:
        space: dict = {"ganarium": ganarium, "__name__": "cell"}
        exec(f"def changing(real, fake):\n    return {line}\n", space)
        ganarium.register.metric("changing")(space["changing"])
        return METRICS["changing"].full_name

    assert named("1.0") != named("2.0")
    assert named("len(real)") == named("len(real)") != named("len(fake)")


def test_another_enclosed_value_or_default_is_another_name():
    def named(weights: np.ndarray, power: float = 1.0) -> str:
        def weighted(real, fake, power=power):
            return (weights @ (real.mean(0) - fake.mean(0))) ** power

        ganarium.register.metric("weighted")(weighted)
        return METRICS["weighted"].full_name

    other = np.arange(5_000.0)
    other[2_500] = 0
    assert named(np.arange(5_000.0)) == named(np.arange(5_000.0))
    assert len({named(np.arange(5_000.0)), named(other), named(other, 2.0)}) == 3
    assert len(named(other)) == len("weighted-") + 8


UNUSABLE = {
    "Some Metric": (mean_gap, {}, "use a name of lower-case letters"),
    "one": (lambda real: 0.0, {}, "must take two arguments, real and generated samples"),
    "three": (lambda real, fake, other: 0.0, {}, "give others defaults"),
    "class": (torch.nn.Identity(), {}, "register a function of real and generated samples"),
    "better": (mean_gap, {"better": "bigger"}, "better='bigger': must be one of real, lower, higher"),
    "takes": (mean_gap, {"takes": "pixels"}, "takes='pixels': must be one of features, images"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_what_cannot_be_registered_is_refused(name):
    function, keywords, complaint = UNUSABLE[name]
    with pytest.raises(UsageError, match=complaint):
        ganarium.register.metric(name, **keywords)(function)
    assert metric_names() == []


def test_two_metrics_of_one_name_are_refused():
    ganarium.register.metric("gap")(mean_gap)
    ganarium.register.metric("gap")(mean_gap)  # as by a notebook cell
    with pytest.raises(UsageError, match="metric 'gap' is already registered by"):
        ganarium.register.metric("gap")(draws)


@pytest.mark.slow
def test_stored_scores_of_a_run_are_computed_again_for_a_new_metric(tmp_path):
    run = ganarium.train("ring", train={"batch": 16}, data={"count": 100}, steps=4, out=tmp_path / "run")
    table = ganarium.compare([run], n=100)
    assert "mean-gap" not in table
    ganarium.register.metric("mean-gap")(mean_gap)
    assert ganarium.compare([run], n=100)["mean-gap"].floor < 1
