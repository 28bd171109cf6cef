"""What the page of speed is made of."""

import json
from dataclasses import replace
from time import sleep

import pytest
from benchmarks.speed import growth, memory, quality, training, waiting
from benchmarks.speed.__main__ import command
from benchmarks.speed.effort import BRIEF
from benchmarks.speed.page import QUESTIONS, circumstances, read_sections, write_section
from benchmarks.speed.peak import operations
from benchmarks.speed.question import Options
from benchmarks.speed.timing import Pace, measure_rates, quartiles, relative_to
from benchmarks.speed.works import R3GAN, S2_A

ASKED = Options(BRIEF, 1, "cpu", (), None)


def test_ratios_are_taken_round_by_round():
    found = {"fast": [4.0, 2.0, 8.0], "slow": [2.0, 1.0, 4.0]}
    assert relative_to(found, "slow")["fast"] == {"steps_per_second": [3.0, 4.0, 6.0], "ratio": [2.0, 2.0, 2.0]}
    assert quartiles([5.0]) == [5.0, 5.0, 5.0]


def test_contenders_take_turns():
    order: list[str] = []
    contenders = {name: lambda _, name=name: order.append(name) for name in "ab"}
    found = measure_rates(contenders, Pace(rounds=2, round_seconds=0.0, patience=9.0))
    assert "".join(order) == "aabb" + 3 * "ab"  # two steps to find out how many make a turn, and one to warm up
    assert [len(rates) for rates in found.values()] == [2, 2]


def test_a_slow_contender_has_fewer_rounds_but_three():
    found = measure_rates({"slow": lambda _: sleep(0.01)}, Pace(rounds=9, round_seconds=0.0, patience=0.01))
    assert len(found["slow"]) == 3


def test_a_section_is_put_beside_the_others_and_the_page_shows_all(tmp_path):
    around = circumstances(ASKED, "scripts/bench --brief")
    write_section(tmp_path, "drawing", {**around, "seconds": {"100 lines": 0.5}})
    write_section(tmp_path, "starting", {**around, "help_seconds": 0.2})
    write_section(tmp_path, "starting", {**around, "help_seconds": 0.3})
    assert list(read_sections(tmp_path)) == ["starting", "drawing"]
    page = (tmp_path / "speed.md").read_text()
    assert "| `ganarium --help` | 0.30 |" in page
    assert "| 100 lines | 0.50 |" in page
    assert page.count("scripts/bench --brief") == 2


@pytest.mark.slow
def test_a_works_contenders_are_timed_and_shown():
    options = replace(ASKED, ours=(("engine.precision=bf16",),))
    found = {"works": [training.compared(S2_A, options)]}
    names = ["ganarium", "ganarium engine.precision=bf16", "plain loop"]
    assert list(found["works"][0]["contenders"]) == names
    assert json.loads(json.dumps(found)) == found
    shown = "\n".join(training.lines(found))
    assert all(f"| {name} |" in shown for name in names)
    assert "no interpreter with JAX was given" in shown


def test_policies_stand_beside_the_best_quiet_one_and_one_thread_beside_a_busy_process():
    rates = {name: {"quiet": [1.0, 2.0, 3.0], "busy": [1.0, 1.0, 1.0]} for name in waiting.policies()}
    rates["OMP_WAIT_POLICY=PASSIVE"] = {"quiet": [4.0, 4.0, 4.0], "busy": [3.0, 3.0, 3.0]}
    shown = "\n".join(waiting.lines({"work": ["dense-digits"], "threads": 2, "rounds": 1, "policies": rates}))
    assert "| one thread | 2 (1–3) | 1 (1–1) | 0.50 | 1.00 |" in shown
    assert "| OMP_WAIT_POLICY=PASSIVE | 4 (4–4) | 3 (3–3) | 1.00 | 3.00 |" in shown


@pytest.mark.slow
def test_a_process_of_its_own_makes_steps_under_a_policy():
    with waiting.busy_process(), waiting.trainer(1, {"GOMP_SPINCOUNT": "10"}, ASKED) as advance:
        advance(2)


@pytest.mark.slow
def test_growth_is_shown_for_each_point():
    point = growth.grown(ASKED, *next(growth.points(BRIEF)))
    assert growth.lines({"points": [point]})[-1].startswith("| S2-A | batch | 4 |")


@pytest.mark.slow
@pytest.mark.parametrize("work", [S2_A, R3GAN], ids=lambda work: work.name)
def test_twice_the_batch_takes_twice_the_operations(work):
    twice = replace(ASKED, effort=replace(BRIEF, words=("train.batch=8", *BRIEF.words[1:])))
    assert operations(work, twice) == pytest.approx(2 * operations(work, ASKED), rel=0.01)


def test_the_first_look_under_a_mark_counts():
    curve = [(1.0, 10, 9.0), (2.0, 20, 4.0), (3.0, 30, 5.0)]
    assert quality.first_under(curve, 5.0) == 2.0
    assert quality.first_under(curve, 1.0) is None
    assert quality.median_of([1.0, None, None]) is None
    assert quality.median_of([1.0, None, 2.0]) == 2.0
    assert quality.sooner(2.0, 5.0) == "2.50"


def test_commands_do_not_tell_the_machines_places():
    words = ["training", "--jax", "/home/me/python", "--out=/tmp/x", "--rounds", "3"]
    assert command(words) == "scripts/bench training --jax PYTHON --out=DIR --rounds 3"


def test_memory_is_shown_where_it_is_known():
    assert memory.lines({"steps": 4, "megabytes": {"ganarium": None}})[-1] == "| ganarium | unknown |"
    assert set(QUESTIONS) >= {"training", "peak", "growth", "quality", "memory", "starting", "sampling", "drawing"}
