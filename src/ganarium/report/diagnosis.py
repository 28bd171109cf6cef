"""Diagnoses as text: findings with suggested commands, then each sign with its threshold."""

from collections.abc import Iterator, Mapping, Sequence

from ganarium.diagnosis.diagnose import Diagnosis

WIDE = 12


def diagnosis_lines(diagnosis: Diagnosis, commands: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield the findings with suggested commands, then the signs.

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
            yield f"  missed in {missed} of runs that have it, said of {alarms} of healthy ones"
        yield from (f"  {command}" for command in commands.get(found.name, ()))
    if diagnosis.grave:
        yield from (f"too early to say: perhaps also {found.title}: {found.text}" for found in diagnosis.suspected)
    yield ""
    yield f"{'sign':<{WIDE}}{'now':>{WIDE}}   tells of"
    for one in diagnosis.checked:
        value = one.missing if one.value is None else f"{one.value:.3g}"
        side = "above" if one.above else "below"
        yield f"{one.sign:<{WIDE}}{value:>{WIDE}}   {one.tells} {side} {one.threshold:.3g}"
