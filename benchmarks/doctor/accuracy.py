"""Measure the error rates of the diagnosis: python -m benchmarks.doctor.accuracy [--fit]

Reads the recorded runs, compares the diagnosis with the truth, and writes results/doctor.md. With --fit, it prints
the values of each criterion's signal on the first half of the families, for the choice of a threshold.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.doctor.members import FIRST_HALF, FRESH_SEEDS, OBJECTIVES, PICTURES, PLANAR
from benchmarks.doctor.population import HOME, Case, lines_of, read_case
from ganarium.diagnosis.diagnose import HEALTHY, STILL_IMPROVING, TOO_EARLY, Diagnosis, SignalValue, diagnose_history
from ganarium.diagnosis.error_rates import RATES, wilson
from ganarium.diagnosis.rules import IMPROVING, RULES, Criterion
from ganarium.diagnosis.series import GroupedEvents

PAGE = Path(__file__).parents[2] / "results" / "doctor.md"
FAR, NEAR = 0.1, 0.06  # energy distances of a failure and of a success
GAINED, KEPT = 0.2, 0.1  # relative gain through more steps for a run that improves, and for a run that does not
PERIODS = 6  # minimum number of crossings of the mean for an oscillation: three periods
LITTLE, TWICE = 0.03, 0.7  # minimum distance and minimum log relative width, as denominators of a gain
NORMAL = ("discriminator", "generator", "judged.real", "judged.fake", "judged.lead", "gradient.generator")
STATES = (HEALTHY, TOO_EARLY, "fault")
# findings whose rules, signals or snapshots were changed after errors on the seen runs were known
CHANGED = ("generator-too-strong", "discriminator-too-strong", "oscillation", "partial-collapse", "low-diversity")
HEAD = (
    "| finding | missed | not certain | false alarms at the end, healthy runs | too early to say | at any snapshot |",
    "| --- | --- | --- | --- | --- | --- |",
)


@dataclass(frozen=True)
class Judged:
    """A case with its diagnosis at the end and during training."""

    case: Case
    evidence: GroupedEvents

    @cached_property
    def at_end(self) -> Diagnosis:
        """Return the diagnosis based on the whole log."""
        return diagnose_history(self.evidence)

    @cached_property
    def ever(self) -> frozenset[str]:
        """Return the names of all findings that were severe at any snapshot."""
        lines = lines_of(self.case)
        steps = [look.step for look in self.evidence.snapshots]
        said = (diagnose_history(GroupedEvents.of(line for line in lines if line.event.step <= step)) for step in steps)
        return frozenset(found.name for one in said for found in one.severe)

    @property
    def names(self) -> list[str]:
        """Return the names of the findings at the end, most severe first."""
        return [found.name for found in self.at_end.findings]

    @property
    def suspects(self) -> list[str]:
        """Return the names of the findings that are suspected at the end but cannot be certain yet."""
        return [found.name for found in self.at_end.suspected]

    @property
    def first_half(self) -> bool:
        """Return whether the case may be used to set thresholds."""
        return self.case.family in FIRST_HALF

    @property
    def fresh(self) -> bool:
        """Return whether the case was trained after the rules were frozen."""
        return self.case.seed in FRESH_SEEDS


Truth = Callable[[Case], bool | None]  # None if unknown


def beside_data(truth: Truth) -> Truth:
    """Return the given truth, but None (unknown) for runs that stopped early or have faulty data."""
    return lambda case: truth(case) if case.hidden and case.way != "faulty-data" else None


def measured(condition: Callable[[Mapping[str, float]], bool]) -> Truth:
    """Return a truth that applies a condition to the independent measurements."""
    return beside_data(lambda case: condition(case.hidden))


def planted(way: str, condition: Callable[[Mapping[str, float]], bool] = lambda _: True) -> Truth:
    """Return the truth given by a planted fault with an effect; unknown for runs with other faults."""

    def truth(case: Case) -> bool | None:
        if case.way != way:
            return False if is_healthy(case) else None
        return True if condition(case.hidden) else None

    return truth


def _of_kinds(case: Case) -> bool | None:
    if case.hidden["kinds"] <= 0.3:
        return None
    rarest = case.hidden["rarest"]
    return True if rarest < 0.1 else False if rarest > 0.25 else None


def _improves(case: Case) -> bool | None:
    """Return whether 50 % more steps bring samples closer to the data or class widths closer to real widths."""
    if not case.later or not is_fine(case):
        return None
    gains = [_gained(case, lambda numbers: max(numbers["distance"], 0.0), LITTLE)]
    if "narrow" in case.hidden and "narrow" in case.later:
        gains.append(_gained(case, lambda numbers: abs(np.log(max(numbers["narrow"], 1e-3))), TWICE))
    return True if max(gains) > GAINED else False if max(gains) < KEPT else None


def _gained(case: Case, far: Callable[[Mapping[str, float]], float], little: float) -> float:
    before, after = far(case.hidden), far(case.later)
    return (before - after) / max(before, little)


def _swings(case: Case) -> bool | None:
    """Return whether the sample mean oscillates during the last half (measured every 20 steps, smoothed over 100)."""
    swing = case.hidden.get("swing")  # absent for short runs
    if swing is None:
        return None
    return True if swing > 0.3 and case.hidden["crossings"] >= PERIODS else False if swing < 0.08 else None


def _narrow(case: Case) -> bool | None:
    """Return whether classes are too narrow; None if unknown, as with too few samples of a class."""
    if (
        "narrow" not in case.hidden
        or case.way == "tiny-data"
        or case.hidden["kinds"] <= 0.3
        or case.hidden["deviation"] < 0.03
    ):
        return None
    return case.hidden["narrow"] < 0.5


TRUTHS: Mapping[str, Truth] = {
    "divergence": planted("too-far", lambda hidden: not hidden or hidden["distance"] > 4),
    "data-problem": planted("faulty-data"),
    "constant": measured(lambda hidden: hidden["deviation"] < 0.03 or hidden.get("ends", 0) > 0.995),
    "memorization": planted("tiny-data", lambda hidden: hidden["nearest_pixels"] < 0.25),
    "collapse": measured(lambda hidden: hidden["kinds"] <= 0.3),
    "vanishing-gradients": measured(lambda hidden: hidden["moved"] < 0.01 and hidden["distance"] > FAR),
    "generator-too-strong": planted("weak-discriminator", lambda hidden: hidden["distance"] > FAR),
    "discriminator-too-strong": planted("strong-discriminator", lambda hidden: hidden["distance"] > FAR),
    "oscillation": beside_data(_swings),
    "partial-collapse": beside_data(_of_kinds),
    "low-diversity": beside_data(_narrow),
    STILL_IMPROVING: _improves,
}

MEASURED = [rule for rule in RULES if rule.name in TRUTHS]


def is_fine(case: Case) -> bool:
    """Return whether a run has no planted fault and its samples are close to the data."""
    return case.way in ("sound", "cut-short") and bool(case.hidden) and case.hidden["distance"] < NEAR


def is_healthy(case: Case) -> bool:
    """Return whether a run is good according to all independent measurements."""
    numbers = case.hidden
    return (
        is_fine(case)
        and numbers["kinds"] > 0.6
        and numbers["rarest"] > 0.25
        and numbers.get("swing", 0) < 0.2
        and 0.5 < numbers["deviation"] < 2
        and numbers.get("narrow", 1) > 0.5
    )


def rate(wrong: int, of: int) -> str:
    """Return a rate as text: `1 of 30: 3 % [1, 17]`."""
    return f"{wrong} of {of}: {wilson(wrong, of)}" if of else "none"


def population() -> list[Judged]:
    """Load all recorded cases."""
    cases = (read_case(path) for path in sorted(HOME.glob("*.json.gz")))
    return [Judged(case, GroupedEvents.of(lines_of(case))) for case in cases]


def fit(all_of_them: Sequence[Judged]) -> Iterator[str]:
    """Yield, for each criterion, the values of its signal in runs with the finding and in healthy runs."""
    for rule in MEASURED:
        for criterion in rule.criteria:
            true, false = [], []
            for one in all_of_them:
                if one.first_half and (number := _extreme(criterion, one.evidence)) is not None:
                    if TRUTHS[rule.name](one.case):
                        true.append(number)
                    elif is_healthy(one.case):
                        false.append(number)
            side = "above" if criterion.above else "below"
            yield f"{rule.name} by {criterion.signal.name}, {side} {criterion.threshold:g}:"
            yield f"  true ({len(true)}): {_sorted(true)}"
            yield f"  healthy ({len(false)}): {_sorted(false)}"


def _extreme(criterion: Criterion, evidence: GroupedEvents) -> float | None:
    """Return the value reached by all of the newest values of a signal; None if there are too few values."""
    values = criterion.signal(evidence).values[-criterion.min_values :]
    if len(values) < criterion.min_values:
        return None
    return float(values.min() if criterion.above else values.max())


def _sorted(numbers: Sequence[float]) -> str:
    ranked = sorted(numbers)
    if len(ranked) > 16:
        ends = ", ".join(f"{number:.3g}" for number in ranked[:6])
        return f"{ends} … {median(ranked):.3g} … {', '.join(f'{number:.3g}' for number in ranked[-6:])}"
    return ", ".join(f"{number:.3g}" for number in ranked)


def page(all_of_them: Sequence[Judged]) -> Iterator[str]:
    """Yield the lines of results/doctor.md."""
    healthy = [one for one in all_of_them if is_healthy(one.case)]
    ways = Counter(one.case.way for one in all_of_them)
    first, seen, fresh = parts(all_of_them)
    yield from (
        "# Error rates of the diagnosis",
        "",
        f"{len(all_of_them)} runs of 200 to 4,000 steps: {ways['sound']} without a planted fault, the others with one. "
        f"{len(healthy)} are healthy by all independent measurements.",
        "Counts with their share and its 95 % interval, in per cent (Wilson). "
        "A finding is missed if it is neither reported nor reported as possible (too early to say). Three sets of runs "
        "are counted separately, and only the first is unseen:",
        "",
        f"1. {len(fresh)} fresh runs of {', '.join(sorted({one.case.family for one in fresh}))}, trained after the "
        "rules had been frozen: sound ones, and those with the faults that cause the five findings that were missed "
        "most often.",
        f"2. {len(seen)} runs of the families that were not used to set thresholds. Rules were changed after errors on "
        "them had been seen, so these counts are too optimistic.",
        f"3. {len(first)} runs of the families that were used to set thresholds: {', '.join(FIRST_HALF)}.",
        "",
        "While the first fresh runs were being trained, `discriminator-advantage` was squared, so that no "
        "discriminator is called both too weak and too strong; nothing was changed because of errors on fresh runs. "
        "Runs of f-divergence and minimax with the same seed are the same training; both count in the second and the "
        "third set, and only one in the first.",
        "",
        "In the first two sets the snapshots of the grid differ: fresh runs have 500 samples in each, since it has 25 "
        "modes, the others 256.",
    )
    for title, some in (("Fresh runs", fresh), ("Seen runs", seen), ("Runs for thresholds", first)):
        yield from ("", f"## {title}", "", *HEAD)
        yield from (_row(rule.title, rule.name, some) for rule in MEASURED if counts(rule.name, some)["missed"][1])
        if some is not fresh:
            yield _improving(some)
    untested = ", ".join(rule.title for rule in RULES if rule not in MEASURED)
    yield from ("", f"Not measured, since no run has this finding: {untested}.")
    called = len(beyond_and_healthy(all_of_them))
    yield from ("", "## Short runs", "", "All families; the first finding of runs that ended early.", "")
    yield from _short(all_of_them)
    yield from (
        "",
        f"Runs that are called healthy while a signal is beyond its threshold: {called} of {len(all_of_them)}.",
    )
    yield from ("", "## Planted faults and first findings", "")
    yield from _confusion(all_of_them)
    yield from (
        "",
        "## Normal values",
        "",
        "Healthy runs: median [5 %, 95 %] over the second half of each run.",
        "",
    )
    yield from _normal(healthy)
    yield from ("", "`python -m benchmarks.doctor.population`, `python -m benchmarks.doctor.accuracy`")


def parts(all_of_them: Sequence[Judged]) -> tuple[list[Judged], list[Judged], list[Judged]]:
    """Return the runs for setting thresholds, the seen runs of other families, and the fresh runs."""
    first = [one for one in all_of_them if one.first_half]
    others = [one for one in all_of_them if not one.first_half]
    return first, [one for one in others if not one.fresh], [one for one in others if one.fresh]


def _normal(healthy: Sequence[Judged]) -> Iterator[str]:
    """Yield a row for each objective, separately for points and images."""
    yield f"| objective | data | runs | {' | '.join(NORMAL)} |"
    yield "| --- " * (3 + len(NORMAL)) + "|"
    for objective in OBJECTIVES:
        for data, families in (("points", PLANAR), ("images", PICTURES)):
            some = [one for one in healthy if one.case.variant == objective and one.case.family in families]
            if some:
                yield f"| {objective} | {data} | {len(some)} | {' | '.join(_range(name, some) for name in NORMAL)} |"


def _range(name: str, some: Sequence[Judged]) -> str:
    courses = [one.evidence.mean(name).values for one in some]
    values = np.concatenate([course[len(course) // 2 :] for course in courses])
    low, middle, high = np.percentile(values, [5, 50, 95])
    return f"{middle:.3g} [{low:.3g}, {high:.3g}]"


def counts(name: str, some: Sequence[Judged]) -> dict[str, tuple[int, int]]:
    """Return (number of wrong diagnoses, number of runs) for a finding, for each type of error.

    missed: true, but neither reported nor suspected, nor hidden by another finding
    unsure: true, but not reported as certain
    alarms, suspicions, ever: healthy runs in which the finding is reported at the end, suspected at the end, or
        reported at any snapshot
    """
    hiding = {rule.name for rule in RULES if name in rule.hides} | {name}
    true = [one for one in some if TRUTHS[name](one.case)]
    healthy = [one for one in some if is_healthy(one.case)]
    return {
        "missed": (sum(not hiding & {*one.names, *one.suspects} for one in true), len(true)),
        "unsure": (sum(not hiding & set(one.names) for one in true), len(true)),
        "alarms": (sum(name in one.names for one in healthy), len(healthy)),
        "suspicions": (sum(name in one.suspects for one in healthy), len(healthy)),
        "ever": (sum(name in one.ever for one in healthy), len(healthy)),
    }


def _row(title: str, name: str, some: Sequence[Judged]) -> str:
    return f"| {title} | {' | '.join(rate(*each) for each in counts(name, some).values())} |"


def _improving(some: Sequence[Judged]) -> str:
    true = [one for one in some if TRUTHS[STILL_IMPROVING](one.case)]
    missed = rate(sum(STILL_IMPROVING not in one.names for one in true), len(true))
    return f"| still improving, not plateau | {missed} | | {_premature(some)} | | |"


def _short(some: Sequence[Judged]) -> Iterator[str]:
    """Yield a row for each length: the diagnoses of sound runs, and of runs with a measured problem."""
    yield "| steps | sound runs | healthy | too early | a finding | faulty runs | a finding | too early | healthy |"
    yield "| --- " * 9 + "|"
    for steps in sorted({one.case.steps for one in some if one.case.steps}):
        group = [one for one in some if one.case.steps == steps]
        sound = [one for one in group if one.case.way in ("sound", "cut-short")]
        broken = [one for one in group if one not in sound and any(TRUTHS[rule.name](one.case) for rule in MEASURED)]
        good, bad = (Counter(map(_first, each)) for each in (sound, broken))
        row = [steps, len(sound), *(good[key] for key in STATES), len(broken), *(bad[key] for key in reversed(STATES))]
        yield f"| {' | '.join(map(str, row))} |"


def _first(one: Judged) -> str:
    """Return the type of the first finding: "fault", too early to say, or healthy."""
    if one.at_end.severe:
        return "fault"
    return HEALTHY if HEALTHY in one.names else TOO_EARLY


def beyond_and_healthy(some: Sequence[Judged]) -> list[Judged]:
    """Return the runs diagnosed as healthy although a signal is beyond its threshold."""
    return [one for one in some if HEALTHY in one.names and any(map(_beyond, one.at_end.signals))]


def _beyond(value: SignalValue) -> bool:
    return value.beyond and value.signal != IMPROVING.signal.name


def _premature(some: Sequence[Judged]) -> str:
    """Return the fraction of runs reported as still improving among those that more steps did not improve."""
    done = [one for one in some if TRUTHS[STILL_IMPROVING](one.case) is False]
    return rate(sum(STILL_IMPROVING in one.names for one in done), len(done))


def _confusion(some: Sequence[Judged]) -> Iterator[str]:
    """Yield a row for each planted fault, with a column for each first finding."""
    first = {one.case.name: (one.names or ["nothing yet"])[0] for one in some}
    columns = [
        name for name in (*(rule.name for rule in RULES), TOO_EARLY, HEALTHY, "nothing yet") if name in first.values()
    ]
    yield f"| planted fault | {' | '.join(columns)} |"
    yield "| --- " * (len(columns) + 1) + "|"
    for way in dict.fromkeys(one.case.way for one in some):
        counts = Counter(first[one.case.name] for one in some if one.case.way == way)
        yield f"| {way} | {' | '.join(str(counts[name] or '') for name in columns)} |"


def rates(all_of_them: Sequence[Judged]) -> str:
    """Return the error counts stored in the package, as JSON, for families not used to set thresholds.

    Only fresh runs are counted for findings whose rules were changed after the other runs had been seen.
    """
    _, seen, fresh = parts(all_of_them)
    found = {rule.name: counts(rule.name, fresh if rule.name in CHANGED else [*seen, *fresh]) for rule in MEASURED}
    kept = {name: {key: each[key] for key in ("missed", "unsure", "alarms")} for name, each in found.items()}
    return json.dumps(kept, indent=1) + "\n"


def main() -> None:
    """Write results/doctor.md, or print the signal values for the choice of thresholds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true")
    everybody = population()
    if parser.parse_args().fit:
        print("\n".join(fit(everybody)))
    else:
        PAGE.write_text("\n".join(page(everybody)) + "\n")
        RATES.write_text(rates(everybody))


if __name__ == "__main__":
    main()
