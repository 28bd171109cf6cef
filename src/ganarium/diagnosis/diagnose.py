"""Diagnosis of a run: the rules applied to its log."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from ganarium.core.errors import InputError
from ganarium.core.escape import command, listed
from ganarium.diagnosis import signals
from ganarium.diagnosis.error_rates import OFTEN, Errors, Rate, errors_of
from ganarium.diagnosis.rules import IMPROVING, RULES, Criterion, Rule
from ganarium.diagnosis.series import Course, Evidence
from ganarium.runs.directory import EVENTS, Run
from ganarium.runs.events import Finding, Line, Look, count_unreadable

HEALTHY, GOING_ON, PLATEAU, TOO_EARLY = "healthy", "still-improving", "plateau", "too-early"
EARLY = "too early"
ENOUGH = 6  # number of snapshots or spans after which every applicable signal has a value
MOST_KINDS = 6  # maximum number of kinds to name
FEW = 0.5  # fraction of the expected share below which a kind is named


@dataclass(frozen=True)
class Found:
    """One finding.

    text: one sentence with the number and its threshold
    meaning: one sentence that explains the term
    since: the step since which it has held continuously
    best: the step around which samples were nearest to the data, if relevant
    would_be: if it is too early to tell, the names of the suspected findings
    errors: the rates of misses and false alarms in runs with known faults; None if unknown
    """

    name: str
    title: str
    text: str
    meaning: str
    grave: bool
    value: float | None = None
    threshold: float | None = None
    since: int | None = None
    best: int | None = None
    would_be: tuple[str, ...] = ()
    errors: Errors | None = None

    @property
    def label(self) -> str:
        """Return the name, followed by the names of suspected findings: "too-early:collapse+oscillation"."""
        return ":".join(filter(None, (self.name, "+".join(self.would_be))))

    def event(self, step: int) -> Finding:
        """Return the finding as an event for the log."""
        return Finding(step, self.name, self.text, self.grave, self.value, self.threshold, self.since)


@dataclass(frozen=True)
class SignalValue:
    """The newest value of a signal and the finding it indicates; without a value, `missing` gives the reason."""

    sign: str
    tells: str
    value: float | None
    threshold: float
    above: bool
    missing: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """All findings at a step, most serious first, and the signals that were checked.

    suspected: findings whose signal is beyond its threshold, but not for long enough
    """

    step: int
    findings: tuple[Found, ...]
    checked: tuple[SignalValue, ...]
    suspected: tuple[Found, ...] = ()

    @property
    def grave(self) -> tuple[Found, ...]:
        """Return the serious findings: those that will spoil the run."""
        return tuple(found for found in self.findings if found.grave)

    def as_dict(self) -> dict[str, Any]:
        """Return the diagnosis as JSON-compatible data."""
        return asdict(self)


def diagnose_run(run: Run) -> Diagnosis:
    """Diagnose a run from its log. Raises `InputError` if steps were trained but no line of the log can be read."""
    lines, log = run.events(), run.path / EVENTS
    if not lines and any(run.checkpoint_steps()):
        raise InputError(
            f"{log}: not a line of it can be read, and a diagnosis reads nothing else; its checkpoints may be sound: "
            f"{command('evaluate', run)}"
        )
    if damaged := count_unreadable(log):
        logging.getLogger("ganarium").warning(
            "%s: lines passed over: %s (torn by a crash, damaged, or of a newer ganarium)", log, f"{damaged:,}"
        )
    return diagnose(lines, run.provenance.classes)


def diagnose(lines: Iterable[Line], kinds: Sequence[str] = ()) -> Diagnosis:
    """Diagnose a run from the valid lines of its log.

    kinds: the user's names of the classes
    """
    return diagnosis_of(Evidence.of(lines), kinds)


def diagnosis_of(evidence: Evidence, kinds: Sequence[str] = ()) -> Diagnosis:
    """Diagnose a run from its evidence."""
    rules = [rule for rule in RULES if rule.concerns(evidence)]
    told = {criterion: rule.title for rule in rules for criterion in rule.criteria} | {IMPROVING: GOING_ON}
    seen = {sign: sign(evidence) for sign in dict.fromkeys(criterion.sign for criterion in told)}
    courses = {criterion: seen[criterion.sign] for criterion in told}
    said = [(rule, *one) for rule in rules if (one := _found(rule, courses, evidence, kinds))]
    grave = _unhidden([(rule, found) for rule, found, sure in said if sure])
    everything = _unhidden([(rule, found) for rule, found, _ in said])
    named = {found.name for found in grave} | {name for rule, _, sure in said if sure for name in rule.hides}
    suspected = tuple(replace(found, grave=False) for found in everything if found.name not in named)
    checked = [_checked(criterion, told[criterion], course, evidence) for criterion, course in courses.items()]
    if grave:
        state: Iterable[Found] = ()
    elif suspected:
        state = [_too_early(suspected)]
    else:
        state = _state(courses[IMPROVING], evidence, checked)
    return Diagnosis(evidence.step, (*grave, *state), tuple(checked), suspected)


def _unhidden(found: Sequence[tuple[Rule, Found]]) -> list[Found]:
    """Return the findings that are not implied by another one."""
    hidden = {name for rule, _ in found for name in rule.hides}
    return [one for _, one in found if one.name not in hidden]


def _found(
    rule: Rule, courses: Mapping[Criterion, Course], evidence: Evidence, kinds: Sequence[str]
) -> tuple[Found, bool] | None:
    """Return the finding of a rule, by the criterion that has been met for longest, and whether it is certain."""
    met = {one: since for one in rule.criteria if (since := one.since(courses[one])) is not None}
    sure = {one: since for one, since in met.items() if one.is_sure(courses[one], since, evidence)}
    if not met:
        return None
    first, since = min((sure or met).items(), key=lambda item: item[1])
    value = float(courses[first].values[-1])
    clauses = [first.clause(value)]
    clauses += _details(rule.name, evidence, kinds)
    found = Found(rule.name, rule.title, "; ".join(clauses), rule.meaning, True, value, first.threshold, since)
    return replace(found, errors=errors_of(rule.name)), bool(sure)


def _too_early(suspected: Sequence[Found]) -> Found:
    """Return the finding that it is too early to tell, for a run that has suspected findings only."""
    first, *others = suspected
    also = f"; or {listed(one.title for one in others)}" if others else ""
    return Found(
        TOO_EARLY,
        "too early to say",
        f"it would be {first.title}: {first.text}{also}",
        "A sign is beyond its threshold, but not for long enough to be sure; more steps will tell.",
        False,
        first.value,
        first.threshold,
        first.since,
        would_be=tuple(one.name for one in suspected),
        errors=first.errors,
    )


def _state(gain: Course, evidence: Evidence, checked: Iterable[SignalValue]) -> Iterable[Found]:
    """Yield findings about a run without serious ones: that it is healthy, and whether more steps would help."""
    signs_of = {one.sign: one.missing for one in checked if one.tells != GOING_ON}
    blind = [name for name, missing in signs_of.items() if missing]
    if not evidence.spans or EARLY in signs_of.values():
        return
    apart = signals.apart(evidence).values[-1:]
    yield Found(
        HEALTHY,
        "healthy" if evidence.looks else "healthy, as far as was recorded",
        f"of {len(signs_of) - len(blind)} signs none has been beyond its threshold for long"
        + "".join(f"; samples are {max(far, 0.0):.2f} apart from real ones (chance: {signals.CHANCE})" for far in apart)
        + (f"; not recorded: {', '.join(blind)}" if blind else ""),
        "Nothing that the doctor knows is wrong; scores say how good it is. Missed in runs that have it: "
        + "; ".join(f"{title}, {rate}" for title, rate in _often_missed()),
        grave=False,
    )
    if not len(gain):
        return
    value, best = float(gain.values[-1]), signals.best(evidence)
    if value > IMPROVING.threshold:
        yield Found(
            GOING_ON,
            "still improving",
            IMPROVING.clause(value),
            "More steps are likely to make it better.",
            False,
            value,
            IMPROVING.threshold,
            IMPROVING.since(gain),
        )
    else:
        yield Found(
            PLATEAU,
            "plateau",
            f"the newest looks show {abs(value):.0%} {'gain' if value >= 0 else 'loss'} over those before them "
            f"(threshold {IMPROVING.threshold:.0%}); samples were nearest to the data around step {best:,.0f}",
            "More of the same steps are not likely to make it better; stop here, or lower the learning rate.",
            False,
            value,
            IMPROVING.threshold,
            replace(IMPROVING, above=False).since(gain),
            best,
        )


def _often_missed() -> Iterator[tuple[str, Rate]]:
    """Yield the titles of the findings that are missed most often, with their rates."""
    for rule in RULES:
        errors = errors_of(rule.name)
        if errors and errors.missed.of and errors.missed.wrong / errors.missed.of > OFTEN:
            yield rule.title, errors.missed


def _checked(criterion: Criterion, tells: str, course: Course, evidence: Evidence) -> SignalValue:
    threshold, above = criterion.threshold, criterion.above
    if len(course):
        return SignalValue(criterion.name, tells, float(course.values[-1]), threshold, above)
    recorded = len(getattr(evidence, signals.MADE_OF.get(criterion.sign, "looks")))
    missing = EARLY if 0 < recorded < ENOUGH else "not recorded"
    return SignalValue(criterion.name, tells, None, threshold, above, missing)


def _details(name: str, evidence: Evidence, kinds: Sequence[str]) -> Iterator[str]:
    """Yield additional clauses for a finding."""
    if name in ("collapse", "missing-kinds"):
        got, due = signals.newest_kinds(evidence)
        names = _names(evidence.looks[-1], kinds)
        short = [i for i in np.argsort(got / due.clip(1e-9)) if due[i] > 0 and got[i] < FEW * due[i]]
        if short:
            yield "of their share come " + listed((f"{got[i] / due[i]:.0%} of {names[i]}" for i in short), MOST_KINDS)
    elif name == "oscillation":
        steps = signals.period(evidence)
        yield f"the generator's loss comes again every {steps:,.0f} steps" if steps else "without a period of its own"
    elif name == "data-problem":
        yield listed([remark.name for remark in evidence.remarks])


def _names(look: Look, kinds: Sequence[str]) -> Sequence[str]:
    """Return the names of the kinds in a snapshot."""
    if look.sorts == "class" and len(kinds) == len(look.counts):
        return kinds
    return [f"{look.sorts} {i + 1}" for i in range(len(look.counts))]
