"""Controls: each known fault moves each score the right way, and is scored once for given data."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch

import ganarium
from ganarium.api.evaluation import scores_of
from ganarium.config.datasets import DATA, MnistConfig, StackedConfig
from ganarium.core.progress import report_to
from ganarium.core.random_streams import Streams
from ganarium.data.datasets import ImageSet, PairSet, PointSet, random_rows
from ganarium.data.load import load_data
from ganarium.data.mnist import load
from ganarium.evaluation import evaluate
from ganarium.evaluation.controls import blurred, collapsed, controls_for, lacking_a_class, noisy
from ganarium.evaluation.evaluate import evaluate_samples
from ganarium.evaluation.reference import load_reference
from ganarium.evaluation.samples import Generated, ImageReference, PairReference, Translated
from ganarium.evaluation.score import Score
from ganarium.report.scores import score_lines

pytestmark = pytest.mark.slow

COUNT = 600
# up, down, as real ones, or nothing that is said: the right way, by more than other samples would move it
DIGITS = """
                      noisy  blurred  lacking-a-class  copied  collapsed
frechet                 +       +            +            0        +
kernel-distance         .       +            +            0        .
two-sample              +       +            .            0        +
frechet-infinity         +       +            +            0        +
sliced                  +       +            +            0        +
precision               -       -            0            0        .
recall                  -       -            -            0        -
density                 -       -            0            0        .
coverage                -       -            -            0        -
authenticity            .       .            -            -        -
nearer-to-training      .       -            +            +        +
copy-rate               0       0            +            +        +
class-kl                0       0            +            0        0
missing-classes         0       0            +            0        0
label-accuracy             0       0            -            0        0
classifier-score        .       .            -            0        0
marginal-entropy        0       0            -            0        0
conditional-entropy     +       +            0            0        .
confidence              -       -            0            0        0
frechet/random          +       +            +            0        +
kernel-distance/random           +       +            .            0        +
two-sample/random       +       +            .            0        +
similarity              0       +            0            .        +
"""  # the first 600 training digits are by few writers, and more alike than others
POINTS = """
                      noisy  lacking-a-mode  collapsed
sliced                  .           +            .
modes                   0           -            0
modes-half-full         0           -            0
high-quality            -           0            +
high-quality-box        -           0            +
mode-kl                 .           +            .
mode-spread             +           0            -
"""
STACKS = """
                      noisy  blurred  lacking-a-class  copied  collapsed
modes                   .       .            -            0        -
mode-kl                 .       .            +            0        +
mode-kl-equal           .       .            +            0        +
mode-kl-corrected       .       .            +            0        +
"""
POLYGONS = """
                      noisy  blurred  lacking-a-class  copied  collapsed
valid                   0       -            0            0        0
sides                   0       +            +            0        0
radius                  0       .            .            0        +
turn                    0       .            .            0        +
uneven                  +       +            .            0        +
ink                     .       0            +            0        +
"""


def moves(table: str) -> list[tuple[str, str, str]]:
    """(score, control, sign) of each cell that says something."""
    head, *rows = (line.split() for line in table.strip().splitlines())
    return [(row[0], name, sign) for row in rows for name, sign in zip(head, row[1:], strict=True) if sign != "."]


def wrong(table: str, scores: Sequence[Score]) -> list[str]:
    """The cells of a table that a set of scores contradicts."""
    named = {key(score.name): score for score in scores}
    found = []
    for name, control, sign in moves(table):
        score = named[name]
        assert score.floor is not None
        by, margin = score.controls[control] - score.floor, 1.96 * (score.error or 0)
        right = {"+": by > margin, "-": by < -margin, "0": abs(by) <= max(margin, 0.03, 0.03 * abs(score.floor))}
        if not right[sign]:
            found.append(f"{name} {control} {sign}: {score.controls[control]} beside {score.floor} ± {margin}")
    return found


def key(name: str) -> str:
    """A score's name without hashes: the measure alone for the first reader."""
    measure, reader = name.split("/")
    return f"{measure}/random" if reader.startswith("random") and measure in RANDOM_TOO else measure


RANDOM_TOO = ("frechet", "kernel-distance", "two-sample")


def first(data: ImageSet, n: int, start: int = 0) -> ImageSet:
    rows = slice(start, start + n)
    return replace(
        data,
        images=data.images[rows],
        labels=None if data.labels is None else data.labels[rows],
        truth={name: values[rows] for name, values in data.truth.items()},
    )


@pytest.fixture(scope="module")
def digits() -> ImageReference:
    """Some hundred digits to learn from, and as many held out."""
    return ImageReference(
        first(load(MnistConfig(count=COUNT), "train"), COUNT), first(load(MnistConfig(), "test"), COUNT), "test"
    )


@pytest.fixture(scope="module")
def unseen() -> Generated:
    """Real digits that play the generated ones."""
    found = first(load(MnistConfig(), "validation"), COUNT)
    return Generated(found.images, found.labels)


@pytest.fixture(scope="module")
def scores(digits: ImageReference, unseen: Generated) -> list[Score]:
    return evaluate_samples(unseen, digits, controls=True)


def test_each_control_moves_each_score_of_digits_the_right_way(scores: list[Score]):
    assert {key(score.name) for score in scores} == {name for name, _, _ in moves(DIGITS)}
    assert wrong(DIGITS, scores) == []


@pytest.mark.parametrize(("kind", "n"), [("ring", 2_500), pytest.param("grid", 10_000, marks=pytest.mark.slow)])
def test_each_control_moves_each_score_of_points_the_right_way(kind: str, n: int):
    by = load_data(DATA[kind].settings())
    assert isinstance(by, PointSet)
    made = Generated(by.law.place(Streams(7).all_at("test", by.law.draws(n), 0)))
    assert wrong(POINTS, evaluate_samples(made, by, controls=True)) == []


def test_a_law_without_modes_has_noise_alone_for_a_control():
    by = load_data(DATA["spiral"].settings())
    assert isinstance(by, PointSet)
    made = Generated(by.law.place(Streams(7).all_at("test", by.law.draws(2_500), 0)))
    (score,) = evaluate_samples(made, by, controls=True)
    assert list(score.controls) == ["noisy"]
    assert score.controls["noisy"] > 1.2 * score.floor


def test_each_control_moves_each_score_of_stacks_the_right_way():
    by = load_reference(StackedConfig(count=2_000))
    assert isinstance(by, ImageReference)
    by = replace(by, held_out=first(by.held_out, 2_000))
    made = Generated(load_data(StackedConfig(count=2_000, seed=3)).images)
    assert wrong(STACKS, evaluate_samples(made, by, controls=True)) == []


def test_each_control_moves_each_score_of_drawings_the_right_way():
    settings = DATA["polygons"].settings(count=200)
    splits = [first(load_data(settings, split), 200) for split in ("train", "test", "validation")]
    train, test, validation = splits
    assert (
        wrong(
            POLYGONS, evaluate_samples(Generated(validation.images), ImageReference(train, test, "test"), controls=True)
        )
        == []
    )


def test_spoilt_answers_stand_beside_translations():
    by = load_reference(DATA["pairs"].settings(count=100))
    assert isinstance(by, PairReference)
    perfect = Translated({way: right for way, (_, right) in by.directions(100).items()})
    scores = evaluate_samples(perfect, by, controls=True)
    assert [score.value for score in scores] == [score.floor for score in scores] == [0, 0, 1] * 2
    for score in scores:
        assert set(score.controls) == {"noisy", "blurred"}
        assert all(abs(value - score.floor) < 0.3 for value in score.controls.values())
        assert score.controls["blurred"] != score.floor
    one_way = Translated({"there": perfect.directions["there"]})
    assert [score.controls for score in evaluate_samples(one_way, by, controls=True)] == [
        score.controls for score in scores[:3]
    ]


def test_controls_change_nothing_else_of_a_score(digits: ImageReference, unseen: Generated, scores: list[Score]):
    assert [replace(score, controls={}) for score in scores] == list(evaluate_samples(unseen, digits))


def test_controls_are_asked_for_classes_where_the_samples_were(
    digits: ImageReference, unseen: Generated, scores: list[Score]
):
    plain = evaluate_samples(Generated(unseen.samples[:200]), digits, controls=True)
    assert "label-accuracy" not in {key(score.name) for score in plain}
    by_class, by_any = ({key(score.name): score for score in some}["similarity"] for some in (scores, plain))
    assert by_any.controls["copied"] < by_class.controls["copied"]
    assert by_any.controls["collapsed"] < by_class.controls["collapsed"] == 1


def test_a_control_is_found_once_for_all_processes(digits: ImageReference, unseen: Generated, monkeypatch, tmp_path):
    monkeypatch.setenv("GANARIUM_CACHE", str(tmp_path))
    some = Generated(unseen.samples[:100])
    first_time = evaluate_samples(some, digits, controls=True)
    found = []
    monkeypatch.setattr(
        evaluate,
        "controls_for",
        lambda made, by: {
            name: lambda make=make: found.append(len(made)) or make() for name, make in controls_for(made, by).items()
        },
    )
    assert evaluate_samples(some, digits, controls=True) == first_time
    assert found == []
    for path in tmp_path.glob("noisy*.floor"):
        path.write_text("[1]")
    assert evaluate_samples(some, digits, controls=True) == first_time
    assert found == [100]
    evaluate_samples(Generated(unseen.samples[:101]), digits, controls=True)
    assert found == [100] + [101] * 5


def test_controls_tell_what_they_are_a_part_of(digits: ImageReference, unseen: Generated, monkeypatch, tmp_path):
    monkeypatch.setenv("GANARIUM_CACHE", str(tmp_path))
    heard = []
    with report_to(lambda doing, _done, _total: heard.append(doing)):
        evaluate_samples(Generated(unseen.samples[:100]), digits, controls=True)
    assert any(
        doing.startswith("degraded samples: blurred, computed once for these data, computing scores with mnist")
        for doing in heard
    )


def test_spoilt_pictures_are_what_they_are_called():
    pictures, labels = load(MnistConfig(), "test").images[:200], load(MnistConfig(), "test").labels[:200]
    assert 5 < (noisy(pictures).float() - pictures.float()).std() < 16  # of 16, what is not cut off at black and white
    assert blurred(pictures).float().var() < pictures.float().var()
    lacking, single = lacking_a_class(pictures, labels), collapsed(pictures, labels)
    assert lacking[labels != 0].equal(pictures[labels != 0])
    assert not any((lacking == zero).flatten(1).all(1).any() for zero in pictures[labels == 0])
    assert len(single.unique(dim=0)) == 10
    assert all(single[i].equal(pictures[labels == labels[i]][0]) for i in range(200))


@pytest.mark.parametrize("labels", [None, torch.zeros(20, dtype=torch.int64)])
def test_pictures_of_no_class_and_of_one_can_be_spoilt(labels: torch.Tensor | None):
    pictures = torch.arange(20, dtype=torch.uint8).view(20, 1, 1, 1).expand(20, 1, 16, 16)
    assert lacking_a_class(pictures, labels).max() == 9
    assert lacking_a_class(pictures * 0, labels).equal(pictures * 0)
    assert collapsed(pictures, labels).max() == 0


def test_a_table_has_controls_in_a_second_block_of_100_columns(scores: list[Score]):
    lines = list(score_lines(scores))
    start = lines.index("") + 1
    assert lines[start].split() == ["degraded", "samples", "real", "data", *scores[0].controls]
    assert len(lines[start:]) == 1 + len(scores)
    assert max(map(len, lines[start:])) <= 100
    assert list(score_lines([replace(score, controls={}) for score in scores])) == lines[: start - 1]


def test_comparisons_take_no_controls(tiny, tmp_path, monkeypatch):
    run = ganarium.train(
        tiny("data=ring", "generator.output=linear", "train.steps=4"), out=tmp_path / "run", on_line=str
    )
    monkeypatch.setattr(evaluate, "controls_for", None)
    assert all(not score.controls for score in scores_of(run, n=200))
    with pytest.raises(TypeError):
        ganarium.evaluate(run, n=200, controls=True)


def test_pairs_come_with_what_is_to_be_made_of_them():
    by = load_reference(DATA["pairs"].settings(count=20))
    assert isinstance(by, PairReference)
    assert isinstance(by.held_out, PairSet)
    rows = random_rows(len(by.held_out), 20)
    pictures, right = by.directions(20)["there"]
    assert pictures.equal(by.held_out.x[rows])
    assert right.equal(by.held_out.x_as_y[rows])
