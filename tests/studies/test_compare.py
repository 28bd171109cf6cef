"""Comparisons: groups by settings, pairs by seed, and no verdict that the seeds do not carry."""

import csv
import io
import json

import pytest

from ganarium.core.errors import UsageError
from ganarium.core.random_streams import numpy_generator
from ganarium.evaluation.score import Score
from ganarium.report.compare import compare_csv
from ganarium.studies.compare import ScoredRun, compare, group_names

LUCKS = [0.0, 1.0, -1.0, 0.5, -0.5]


def trained(group: str, seed: int, *, n: int = 100, against: str = "mnist/test/0", **values: float) -> ScoredRun:
    floors = {"frechet": 0.02, "coverage": 0.95, "density": 1.0}
    return ScoredRun(
        group, seed, {name: Score(name, value, floors[name], n, "", 0.1, against) for name, value in values.items()}
    )


def cells(**groups: list[float]) -> list[ScoredRun]:
    """Values of frechet by seed, for each group."""
    return [trained(name, seed, frechet=value) for name, values in groups.items() for seed, value in enumerate(values)]


def verdict(*some: ScoredRun, name: str = "frechet") -> str:
    (row,) = (row for row in compare(some).rows if row.name == name)
    return [*row.entries.values()][1].verdict


def test_what_all_seeds_agree_on_is_told_and_which_way():
    assert verdict(*cells(plain=[3.0, 3.1, 2.9], cured=[1.0, 1.2, 0.9])) == "better"
    assert verdict(*cells(plain=[1.0, 1.2, 0.9], worse=[3.0, 3.1, 2.9])) == "worse"


def test_pairing_by_seed_sees_what_luck_would_hide():
    before = [3 + luck for luck in LUCKS]
    after = [value - 0.2 + 0.01 * luck**2 for value, luck in zip(before, LUCKS, strict=True)]
    assert verdict(*cells(plain=before, cured=after)) == "better"
    moved = [trained("cured", seed + 10, frechet=value) for seed, value in enumerate(after)]
    assert verdict(*cells(plain=before), *moved) == "no significant difference"


def test_the_same_thing_twice_is_not_separable_but_once_in_twenty():
    """Of 400 comparisons of a treatment with itself about 5 % are told apart, as an interval of 95 % says."""
    rng = numpy_generator(0, "test")
    told = [
        verdict(*cells(one=list(rng.normal(3, 1, 5)), same=list(rng.normal(3, 1, 5)))) != "no significant difference"
        for _ in range(400)
    ]
    assert 0.02 < sum(told) / len(told) < 0.09


def test_one_seed_is_no_verdict():
    assert verdict(*cells(plain=[3.0], cured=[1.0])) == "n/a (1 seed)"


@pytest.mark.parametrize(("name", "nearer", "farther"), [("coverage", 0.9, 0.5), ("density", 1.05, 1.6)])
def test_better_is_nearer_to_what_real_samples_get_whichever_way_that_is(name: str, nearer: float, farther: float):
    some = [trained("plain", seed, **{name: farther + seed / 100}) for seed in range(3)]
    some += [trained("cured", seed, **{name: nearer - seed / 100}) for seed in range(3)]
    assert verdict(*some, name=name) == "better"


def test_the_worst_seed_is_the_farthest_from_real_ones():
    (row,) = compare(cells(plain=[3.0, 5.0, 2.0])).rows
    assert row.entries["plain"].worst == 5.0
    (row,) = compare([trained("a", seed, coverage=value) for seed, value in enumerate((0.9, 0.3, 0.8))]).rows
    assert row.entries["a"].worst == 0.3


def test_only_scores_that_all_have_are_rows():
    table = compare([trained("a", 0, frechet=1.0, coverage=0.5), trained("b", 0, frechet=1.0)])
    assert [row.name for row in table.rows] == ["frechet"]
    with pytest.raises(UsageError, match="no score in common"):
        compare([trained("a", 0, frechet=1.0), trained("b", 0, coverage=0.5)])


@pytest.mark.parametrize("other", [{"n": 99}, {"against": "mnist/validation/0"}, {"against": "mnist/test/1"}])
def test_unlike_scores_are_refused(other):
    with pytest.raises(UsageError, match="not comparable"):
        compare([trained("a", 0, frechet=1.0), trained("b", 0, frechet=1.0, **other)])


def test_a_repetition_and_nothing_are_refused():
    with pytest.raises(UsageError, match="same seed and settings"):
        compare([trained("a", 0, frechet=1.0), trained("a", 0, frechet=1.0)])
    with pytest.raises(UsageError, match="nothing to compare"):
        compare([])


def test_groups_are_named_by_what_differs_but_luck(tiny):
    words = [("seed=0",), ("seed=1", "engine.threads=1"), ("seed=0", "remedies.r1=true"), ("optim.lr=0.5",)]
    names = group_names(tiny(*some) for some in words)
    assert names[0] == names[1]
    assert "remedies.r1.gamma=1.0" in names[2]
    assert "optim.lr=0.5" in names[3]
    assert "seed" not in " ".join(names)
    assert len(set(group_names([tiny("seed=1"), tiny("seed=2")]))) == 1


def test_a_table_is_plain_data_text_and_csv():
    table = compare(cells(plain=[3.0, 3.1, 2.9], cured=[1.0, 1.2, 0.9]))
    assert json.loads(json.dumps(table.as_dict()))["groups"] == {"plain": [0, 1, 2], "cured": [0, 1, 2]}
    text = str(table)
    assert "A: plain, 3 seeds" in text
    assert "better" in text
    assert "mnist/test/0" in text
    lines = list(csv.DictReader(io.StringIO(compare_csv(table))))
    assert [line["verdict"] for line in lines] == ["", "better"]
    assert [float(line["mean"]) for line in lines] == pytest.approx([3.0, 31 / 30])
