"""Diagnosis of a run: the rules applied to its log."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from ganarium.core.errors import InputError
from ganarium.core.escape import command, counted, listed
from ganarium.diagnosis import signals
from ganarium.diagnosis.error_rates import OFTEN, Errors, Rate, errors_of
from ganarium.diagnosis.rules import IMPROVING, RULES, Criterion, Rule
from ganarium.diagnosis.series import GroupedEvents, Series
from ganarium.runs.directory import EVENTS, Run
from ganarium.runs.events import Finding, Line, Snapshot, count_unreadable

HEALTHY, STILL_IMPROVING, PLATEAU, TOO_EARLY = "healthy", "still-improving", "plateau", "too-early"
EARLY = "too early"
ENOUGH = 6  # number of snapshots or spans after which every applicable signal has a value
MOST_GROUPS = 6  # maximum number of groups named in a message
FEW = 0.5  # fraction of its expected share below which a group is named
PLURALS = {"class": "classes", "mode": "modes", "cluster": "clusters"}


@dataclass(frozen=True)
class DiagnosedFinding:
    """A finding of the diagnosis, with its evidence and an explanation.

    text: one sentence with the number and its threshold
    meaning: one sentence that explains the term
    severe: whether the problem will ruin the run
    since: the step since which the finding has applied continuously
    best: the step around which samples were closest to the data, if relevant
    would_be: names of the suspected findings, if it is too early to say
    errors: the rates of misses and false alarms in runs with known faults; None if unknown
    """

    name: str
    title: str
    text: str
    meaning: str
    severe: bool
    value: float | None = None
    threshold: float | None = None
    since: int | None = None
    best: int | None = None
    would_be: tuple[str, ...] = ()
    errors: Errors | None = None

    @property
    def label(self) -> str:
        """Return the name and any suspected findings, for example "too-early:collapse+oscillation"."""
        return ":".join(filter(None, (self.name, "+".join(self.would_be))))

    def event(self, step: int) -> Finding:
        """Return the finding as an event for the log."""
        return Finding(step, self.name, self.text, self.severe, self.value, self.threshold, self.since)


@dataclass(frozen=True)
class SignalValue:
    """The newest value of a signal, and the finding that the signal indicates.

    signal, title, meaning: machine-readable name of the signal, displayed name, and explanation in one sentence
    indicates: title of the finding
    beyond: whether the value is beyond the threshold
    missing: the reason for a missing value
    """

    signal: str
    title: str
    meaning: str
    indicates: str
    value: float | None
    threshold: float
    above: bool
    beyond: bool = False
    missing: str = ""

    @property
    def text(self) -> str:
        """Return the value, or why it is missing."""
        return self.missing if self.value is None else f"{self.value:.3g}"

    @property
    def condition(self) -> str:
        """Return when the signal indicates a problem, and which."""
        limit = f"{'above' if self.above else 'below'} {self.threshold:.3g}: {self.indicates}"
        return f"no problem; {limit}" if self._improves else limit

    @property
    def is_problem(self) -> bool:
        """Return whether the value indicates a problem."""
        return self.beyond and not self._improves

    @property
    def _improves(self) -> bool:
        return self.signal == IMPROVING.signal.name


@dataclass(frozen=True)
class Diagnosis:
    """All findings at a step, most severe first, and the signals that were checked.

    suspected: findings whose signal is beyond its threshold, but has not been for long enough
    """

    step: int
    findings: tuple[DiagnosedFinding, ...]
    signals: tuple[SignalValue, ...]
    suspected: tuple[DiagnosedFinding, ...] = ()

    @property
    def severe(self) -> tuple[DiagnosedFinding, ...]:
        """Return the severe findings: problems that will ruin the run."""
        return tuple(finding for finding in self.findings if finding.severe)

    def as_dict(self) -> dict[str, Any]:
        """Return the diagnosis as JSON-compatible data."""
        return asdict(self)

    def __str__(self) -> str:
        """Return the findings, one line and its explanation each, as `ganarium diagnose` prints them."""
        from ganarium.diagnosis.text import finding_lines

        return "\n".join(finding_lines(self))

    def _repr_html_(self) -> str:
        from ganarium.diagnosis.views import html_of

        return html_of(self)

    def _repr_png_(self) -> bytes:
        from ganarium.diagnosis.views import png_of

        return png_of(self)


def diagnose_run(run: Run) -> Diagnosis:
    """Diagnose a run from its log. Raises `InputError` if the run was trained but its log is unreadable."""
    lines, log = run.events(), run.path / EVENTS
    if not lines and any(run.checkpoint_steps()):
        raise InputError(
            f"{log}: no line can be read, so the run cannot be diagnosed; the checkpoints may still be intact: try "
            f"{command('evaluate', run)}"
        )
    if damaged := count_unreadable(log):
        logging.getLogger("ganarium").warning(
            "%s: skipped %s (truncated by a crash, damaged, or written by a newer ganarium)",
            log,
            counted(damaged, "line"),
        )
    return diagnose(lines, run.provenance.classes)


def diagnose(lines: Iterable[Line], classes: Sequence[str] = ()) -> Diagnosis:
    """Diagnose a run from the valid lines of its log.

    classes: class names supplied by the user
    """
    return diagnose_history(GroupedEvents.of(lines), classes)


def diagnose_history(history: GroupedEvents, classes: Sequence[str] = ()) -> Diagnosis:
    """Diagnose a run from its history."""
    rules = [rule for rule in RULES if rule.applies_to(history)]
    titles = {criterion: rule.title for rule in rules for criterion in rule.criteria} | {IMPROVING: "still improving"}
    computed = {signal: signal(history) for signal in dict.fromkeys(criterion.signal for criterion in titles)}
    series = {criterion: computed[criterion.signal] for criterion in titles}
    met = [(rule, *one) for rule in rules if (one := _finding(rule, series, history, classes))]
    severe = _unhidden([(rule, finding) for rule, finding, certain in met if certain])
    everything = _unhidden([(rule, finding) for rule, finding, _ in met])
    named = {finding.name for finding in severe} | {name for rule, _, certain in met if certain for name in rule.hides}
    suspected = tuple(replace(finding, severe=False) for finding in everything if finding.name not in named)
    checked = [_signal_value(criterion, titles[criterion], each, history) for criterion, each in series.items()]
    if severe:
        state: Iterable[DiagnosedFinding] = ()
    elif suspected:
        state = [_too_early(suspected)]
    else:
        state = _state(series[IMPROVING], history, checked)
    return Diagnosis(history.step, (*severe, *state), tuple(checked), suspected)


def _unhidden(findings: Sequence[tuple[Rule, DiagnosedFinding]]) -> list[DiagnosedFinding]:
    """Return the findings that no other finding implies."""
    hidden = {name for rule, _ in findings for name in rule.hides}
    return [finding for _, finding in findings if finding.name not in hidden]


def _finding(
    rule: Rule, series: Mapping[Criterion, Series], history: GroupedEvents, classes: Sequence[str]
) -> tuple[DiagnosedFinding, bool] | None:
    """Return a rule's finding, based on the criterion met for longest, and whether the finding is certain."""
    met = {one: since for one in rule.criteria if (since := one.since(series[one])) is not None}
    certain = {one: since for one, since in met.items() if one.is_certain(series[one], since, history)}
    if not met:
        return None
    first, since = min((certain or met).items(), key=lambda item: item[1])
    value = float(series[first].values[-1])
    text = "; ".join([first.clause(value, **_words(history)), *_details(rule.name, history, classes)])
    finding = DiagnosedFinding(rule.name, rule.title, text, rule.meaning, True, value, first.threshold, since)
    return replace(finding, errors=errors_of(rule.name)), bool(certain)


def _words(history: GroupedEvents) -> dict[str, str]:
    """Return the values of the placeholders, other than {value}, in the text of a criterion."""
    auc = signals.discriminator_auc(history).values
    group = history.snapshots[-1].sorts if history.snapshots else "class"
    return {
        "auc": f"{auc[-1]:.0%}" if len(auc) else "most",
        "group": group,
        "groups": PLURALS.get(group, f"{group}s"),
    }


def _too_early(suspected: Sequence[DiagnosedFinding]) -> DiagnosedFinding:
    """Return the finding "too early to say", for a run that has only suspected findings."""
    first, *others = suspected
    also = f"; or {listed(one.title for one in others)}" if others else ""
    return DiagnosedFinding(
        TOO_EARLY,
        "too early to say",
        f"possibly {first.title}: {first.text}{also}",
        "A signal is beyond its threshold, but not yet for long enough to be certain; train longer to find out.",
        False,
        first.value,
        first.threshold,
        first.since,
        would_be=tuple(one.name for one in suspected),
        errors=first.errors,
    )


def _state(gain: Series, history: GroupedEvents, checked: Iterable[SignalValue]) -> Iterable[DiagnosedFinding]:
    """Yield the findings for a run without problems: that the run is healthy, and whether more steps would help."""
    missing = {one.title: one.missing for one in checked if one.signal != IMPROVING.signal.name}
    unrecorded = [title for title, reason in missing.items() if reason]
    if not history.spans or EARLY in missing.values():
        return
    distance = signals.data_distance(history).values[-1:]
    yield DiagnosedFinding(
        HEALTHY,
        "healthy" if history.snapshots else "healthy, as far as recorded",
        f"none of the {len(missing) - len(unrecorded)} signals is beyond its threshold"
        + "".join(f"; distance to real data {max(far, 0.0):.2f} ({signals.CHANCE} is perfect)" for far in distance)
        + (f"; not recorded: {', '.join(unrecorded)}" if unrecorded else ""),
        "No known problem was found; scores measure the quality of the samples. Problems that are often missed, with "
        "the share of runs in which they were: " + "; ".join(f"{title}, {rate}" for title, rate in _often_missed()),
        severe=False,
    )
    if not len(gain):
        return
    value, best = float(gain.values[-1]), signals.best_step(history)
    if value > IMPROVING.threshold:
        yield DiagnosedFinding(
            STILL_IMPROVING,
            "still improving",
            f"{IMPROVING.text.format(value=f'{value:.0%}')} (counts as improving {IMPROVING.limit})",
            "More steps are likely to improve the samples.",
            False,
            value,
            IMPROVING.threshold,
            IMPROVING.since(gain),
        )
    else:
        yield DiagnosedFinding(
            PLATEAU,
            "plateau",
            f"the newest snapshots are {abs(value):.0%} {'closer to' if value >= 0 else 'farther from'} the data than "
            f"the previous ones (counts as improving {IMPROVING.limit}); samples were closest to the data "
            f"around step {best:,.0f}",
            "More of the same steps are unlikely to improve the samples; stop here, or lower the learning rate.",
            False,
            value,
            IMPROVING.threshold,
            replace(IMPROVING, above=False).since(gain),
            best,
        )


def _often_missed() -> Iterator[tuple[str, Rate]]:
    """Yield the title and the miss rate of each finding that is often missed."""
    for rule in RULES:
        errors = errors_of(rule.name)
        if errors and errors.missed.of and errors.missed.wrong / errors.missed.of > OFTEN:
            yield rule.title, errors.missed


def _signal_value(criterion: Criterion, indicates: str, series: Series, history: GroupedEvents) -> SignalValue:
    signal, value, missing = criterion.signal, None, ""
    if len(series):
        value = float(series.values[-1])
    else:
        missing = EARLY if 0 < len(getattr(history, signal.recorded)) < ENOUGH else "not recorded"
    return SignalValue(
        signal.name,
        signal.title,
        signal.meaning,
        indicates,
        value,
        criterion.threshold,
        criterion.above,
        value is not None and criterion.is_beyond(value),
        missing,
    )


def _details(name: str, history: GroupedEvents, classes: Sequence[str]) -> Iterator[str]:
    """Yield additional clauses for the text of a finding."""
    if name in ("collapse", "partial-collapse"):
        got, due = signals.newest_counts(history)
        names = group_names(history.snapshots[-1], classes)
        short = [i for i in np.argsort(got / due.clip(1e-9)) if due[i] > 0 and got[i] < FEW * due[i]]
        if short:
            shares = (f"{names[i]} {got[i] / due[i]:.0%}" for i in short)
            yield "generated, relative to the expected number: " + listed(shares, MOST_GROUPS)
    elif name == "oscillation":
        steps = signals.loss_period(history)
        pattern = f"repeats every {steps:,.0f} steps" if steps else "has no regular period"
        yield f"the generator's loss {pattern}"
    elif name == "data-problem":
        yield listed([fault.name for fault in history.data_faults])


def group_names(snapshot: Snapshot, classes: Sequence[str]) -> Sequence[str]:
    """Return the names of the groups in a snapshot."""
    if snapshot.sorts == "class" and len(classes) == len(snapshot.counts):
        return classes
    return [f"{snapshot.sorts} {i + 1}" for i in range(len(snapshot.counts))]
