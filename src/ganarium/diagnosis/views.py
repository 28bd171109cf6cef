"""A diagnosis as HTML and as an image, for notebooks."""

from collections.abc import Iterator

from ganarium.core.html import Html, element, folded, stack, table
from ganarium.diagnosis.diagnose import DiagnosedFinding, Diagnosis
from ganarium.plotting.tables import table_png

SEVERE = "border-left: 0.25em solid #d62728; padding-left: 0.6em"
MILD = "border-left: 0.25em solid rgba(128, 128, 128, 0.5); padding-left: 0.6em"
HEAD = ("signal", "value", "problem if")


def html_of(diagnosis: Diagnosis) -> str:
    """Return the findings and the signals with their thresholds as HTML."""
    return stack(*_findings(diagnosis), _signals(diagnosis))


def png_of(diagnosis: Diagnosis) -> bytes:
    """Return the titles of the findings and a table of the signals as a PNG file."""
    rows = [(("! " if one.is_problem else "") + one.title, one.text, one.condition) for one in diagnosis.signals]
    titles = [_title(finding) for finding in diagnosis.findings] or [_undecided(diagnosis)]
    return table_png(HEAD, rows, above=titles)


def _findings(diagnosis: Diagnosis) -> Iterator[Html]:
    if not diagnosis.findings:
        yield element("div", _undecided(diagnosis))
    for finding in diagnosis.findings:
        lines = (element("b", _title(finding)), finding.text, finding.meaning)
        yield element("div", *(element("div", line) for line in lines), style=SEVERE if finding.severe else MILD)
    if diagnosis.severe:
        for one in diagnosis.suspected:
            yield element("div", f"too early to say: possibly {one.title}: {one.text}", style=MILD)


def _signals(diagnosis: Diagnosis) -> Html:
    """Return a collapsed table of the signals, with those that indicate a problem marked."""
    rows = [(_emphasized(one.title, one.is_problem), one.text, one.condition, one.meaning) for one in diagnosis.signals]
    return folded("signals", table((*HEAD, "meaning"), rows))


def _emphasized(text: str, emphasize: bool) -> object:
    return element("b", f"! {text}") if emphasize else text


def _title(finding: DiagnosedFinding) -> str:
    since = "" if finding.since is None else f" since step {finding.since:,}"
    return f"{'WARNING: ' if finding.severe else ''}{finding.title}{since}"


def _undecided(diagnosis: Diagnosis) -> str:
    return f"step {diagnosis.step:,}: too early to say"
