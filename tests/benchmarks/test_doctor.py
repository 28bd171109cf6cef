"""The population of the doctor: what its rules say of it is what results/doctor.md tells, and its truth is sound."""

import json
from functools import cache

import pytest
from benchmarks.doctor.accuracy import (
    CHANGED,
    MEASURED,
    PAGE,
    TRUTHS,
    Judged,
    beyond_and_healthy,
    counts,
    is_healthy,
    page,
    parts,
    population,
    rates,
)
from benchmarks.doctor.members import LENGTHS, WAYS, members
from benchmarks.doctor.population import HOME

from ganarium.diagnosis.error_rates import RATES, wilson

everybody = cache(population)


def healthy() -> list[Judged]:
    return [one for one in everybody() if is_healthy(one.case)]


@pytest.mark.slow
def test_the_page_tells_what_the_rules_of_today_say():
    """A threshold that moves shows its cost here: python -m benchmarks.doctor.accuracy, and look at what changed."""
    assert PAGE.read_text() == "\n".join(page(everybody())) + "\n"


@pytest.mark.slow
def test_the_package_names_the_errors_that_were_counted():
    assert RATES.read_text() == rates(everybody())


@pytest.mark.slow
def test_no_run_is_called_healthy_while_a_sign_is_beyond_its_threshold():
    assert not beyond_and_healthy(everybody())
    assert any(one.case.steps <= 1_500 for one in everybody() if one.case.steps)


@pytest.mark.slow
def test_errors_of_rules_that_were_changed_are_those_of_fresh_runs():
    first, seen, fresh = parts(everybody())
    assert len(first) + len(seen) + len(fresh) == len(everybody())
    assert fresh
    assert not {one.case.name for one in fresh} & {one.case.name for one in (*first, *seen)}
    kept = json.loads(RATES.read_text())
    for name in CHANGED:
        assert kept[name]["missed"] == list(counts(name, fresh)["missed"])


@pytest.mark.slow
def test_every_case_is_of_a_member_and_of_a_way():
    names = {member.name for member in members()}
    assert {path.name.removesuffix(".json.gz") for path in HOME.glob("*.json.gz")} <= names
    assert {one.case.steps for one in everybody()} <= {0, *LENGTHS.values()}
    assert {one.case.way for one in everybody()} <= WAYS.keys() | {"sound", "faulty-data"}


@pytest.mark.slow
def test_nothing_is_true_of_a_healthy_run():
    for one in healthy():
        true = [name for name in (rule.name for rule in MEASURED) if TRUTHS[name](one.case)]
        assert not true, f"{one.case.name}: {true}"


@pytest.mark.slow
def test_healthy_runs_are_hardly_ever_alarmed():
    alarmed = [one.case.name for one in healthy() if one.at_end.severe]
    assert len(alarmed) <= 0.05 * len(healthy()), alarmed


@pytest.mark.parametrize(
    ("wrong", "of", "low", "high"), [(0, 10, 0.0, 0.278), (1, 20, 0.009, 0.236), (5, 10, 0.237, 0.763)]
)
def test_wilsons_interval_is_the_one_of_the_tables(wrong: int, of: int, low: float, high: float):
    found = wilson(wrong, of)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-3)
