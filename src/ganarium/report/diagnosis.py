"""Diagnoses as text: findings with suggested commands, then each signal with its threshold."""

from collections.abc import Iterator, Mapping, Sequence

from ganarium.diagnosis.diagnose import Diagnosis, SignalValue

WIDE = 12
MARK = "* "  # before a signal that is beyond its threshold


def diagnosis_lines(diagnosis: Diagnosis, commands: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield the findings with suggested commands, then the signals.

    commands: suggested commands by the name of the finding
    """
    if not diagnosis.findings:
        yield f"step {diagnosis.step:,}: too early to say"
    for found in diagnosis.findings:
        since = "" if found.since is None else f" since step {found.since:,}"
        yield f"{found.title.upper() if found.grave else found.title}{since}: {found.text}"
        yield f"  {found.meaning}"
        if found.errors:
            missed, alarms = found.errors.missed, found.errors.alarms
            yield f"  missed in {missed} of runs that have it, reported for {alarms} of healthy runs"
        yield from (f"  {command}" for command in commands.get(found.name, ()))
    if diagnosis.grave:
        yield from (f"too early to say: perhaps also {found.title}: {found.text}" for found in diagnosis.suspected)
    yield ""
    yield from _signal_lines(diagnosis.checked)


def _signal_lines(signals: Sequence[SignalValue]) -> Iterator[str]:
    """Yield a table of the signals; those beyond their threshold are marked."""
    wide = max([WIDE, *(len(one.sign) + 1 for one in signals)])
    yield f"  {'signal':<{wide}}{'now':>{WIDE}}   problem if"
    for one in signals:
        value = one.missing if one.value is None else f"{one.value:.3g}"
        side = "above" if one.above else "below"
        mark = MARK if _is_beyond(one) else " " * len(MARK)
        yield f"{mark}{one.sign:<{wide}}{value:>{WIDE}}   {side} {one.threshold:.3g}: {one.tells}"
    if any(map(_is_beyond, signals)):
        yield f"{MARK}beyond its threshold"


def _is_beyond(one: SignalValue) -> bool:
    return one.value is not None and (one.value > one.threshold if one.above else one.value < one.threshold)
