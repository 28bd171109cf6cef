"""Diagnoses as text: findings with suggested commands, then each signal with its threshold."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from ganarium.diagnosis.diagnose import DiagnosedFinding, Diagnosis, SignalValue

WIDE = 12


def diagnosis_lines(diagnosis: Diagnosis, commands: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield the findings with suggested commands, then the signals; arguments as in `finding_lines`."""
    yield from finding_lines(diagnosis, commands)
    yield ""
    yield from _signal_lines(diagnosis.signals)


def finding_lines(diagnosis: Diagnosis, commands: Mapping[str, Sequence[str]] = MappingProxyType({})) -> Iterator[str]:
    """Yield the findings, with the sentences that explain them.

    commands: suggested commands by the name of the finding
    """
    if not diagnosis.findings:
        yield f"step {diagnosis.step:,}: too early to say"
    for finding in diagnosis.findings:
        yield from _finding_lines(finding)
        yield from (f"  {command}" for command in commands.get(finding.name, ()))
    if diagnosis.severe:
        yield from (f"too early to say: possibly {one.title}: {one.text}" for one in diagnosis.suspected)


def _finding_lines(finding: DiagnosedFinding) -> Iterator[str]:
    title = f"WARNING: {finding.title}" if finding.severe else finding.title
    since = "" if finding.since is None else f" since step {finding.since:,}"
    yield f"{title}{since}: {finding.text}"
    yield f"  {finding.meaning}"
    if finding.errors:
        missed, alarms = finding.errors.missed, finding.errors.alarms
        yield f"  in tests, missed in {missed} of the runs with this problem, and reported in {alarms} of healthy runs"


def _signal_lines(values: Sequence[SignalValue]) -> Iterator[str]:
    """Yield one line per signal and threshold, with the value; explain each signal after its first line."""
    explained = set()
    width = max((len(one.title) for one in values), default=0)
    yield f"  {'signal':<{width}}{'value':>{WIDE}}   problem if ('!': beyond the threshold)"
    for one in values:
        yield f"{'!' if one.is_problem else ' '} {one.title:<{width}}{one.text:>{WIDE}}   {one.condition}"
        if one.signal not in explained:
            explained.add(one.signal)
            yield f"    {one.meaning}"
