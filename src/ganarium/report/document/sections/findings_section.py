"""The findings of the diagnosis in words, with suggested commands, and other entries of the log."""

from collections.abc import Iterator

from ganarium.core.escape import command
from ganarium.diagnosis.advice import commands_for
from ganarium.diagnosis.diagnose import DiagnosedFinding, SignalValue
from ganarium.diagnosis.rules import IMPROVING, RULES
from ganarium.report.document.blocks import Block, Code, Folded, Paragraph, Section, Table, number, shortened
from ganarium.report.document.run_view import RunView
from ganarium.report.document.texts.evidence_texts import evidence_in_chinese
from ganarium.runs.curve_panels import events_of
from ganarium.runs.events import Finding

MOST = 50  # entries of the log
BY_TITLE = {rule.title: rule.name for rule in RULES} | {"still improving": "still-improving"}


def findings_section(view: RunView) -> Section:
    """Return all findings with their evidence and meaning, the signals, and findings about the data."""
    return Section(view.t("findings.title"), [*_findings(view), *_signals(view), *_log(view)])


def title_of(view: RunView, finding: DiagnosedFinding) -> str:
    """Return the title of a finding."""
    return finding.title if view.t.language == "en" else view.t.known(f"finding.{finding.name}", finding.title)


def _findings(view: RunView) -> Iterator[Block]:
    diagnosis = view.diagnosis
    if not diagnosis.findings:
        yield Paragraph(view.t("findings.early", step=f"{diagnosis.step:,}"))
    for finding in diagnosis.findings:
        yield from _finding(view, finding)
    if diagnosis.severe:
        for finding in diagnosis.suspected:
            evidence = _evidence(view, finding)
            yield Paragraph(view.t("findings.suspected", title=title_of(view, finding), evidence=evidence), "note")


def _finding(view: RunView, finding: DiagnosedFinding) -> Iterator[Block]:
    t, title = view.t, title_of(view, finding)
    if finding.severe and finding.since is not None:
        heading = t("findings.warning", title=title, step=f"{finding.since:,}")
    else:
        heading = t("findings.warning-always" if finding.severe else "findings.plain", title=title)
    explained = finding.meaning if t.language == "en" else t.known(f"meaning.{finding.name}", finding.meaning)
    yield Paragraph(t("findings.heading", heading=heading, evidence=_evidence(view, finding)), _tone(finding))
    yield Paragraph(explained)
    if finding.errors:
        yield Paragraph(t("findings.errors", missed=finding.errors.missed, alarms=finding.errors.alarms))
    commands = "\n".join(f"{command()} {words}" for words in commands_for(finding, view.run))
    if commands:
        yield Code(commands, t("findings.commands"))


def _evidence(view: RunView, finding: DiagnosedFinding) -> str:
    translated = evidence_in_chinese(finding.text) if view.t.language == "zh" else finding.text
    key = "findings.evidence" if translated else "findings.evidence-english"
    return view.t(key, text=shortened(translated or finding.text))


def _tone(finding: DiagnosedFinding) -> str:
    return "warning" if finding.severe else ""


def _signals(view: RunView) -> Iterator[Block]:
    signals = view.diagnosis.signals
    if not signals:
        return
    t = view.t
    rows = [
        (
            one.title if t.language == "en" else t.known(f"signal.{one.signal}", one.title),
            number(one.value, 3) if one.value is not None else t.known(f"missing.{one.missing}", one.missing),
            _condition(view, one),
            t("findings.beyond") if one.is_problem else "",
        )
        for one in signals
    ]
    head = [t("findings.signal"), t("findings.value"), t("findings.condition"), ""]
    yield Folded(t("findings.signals"), [Table(t("findings.signals"), head, rows, numbers=(1,))])


def _condition(view: RunView, one: SignalValue) -> str:
    """Return when a signal indicates a problem, and which."""
    t, name = view.t, BY_TITLE.get(one.indicates, "")
    indicates = one.indicates if t.language == "en" else t.known(f"finding.{name}", one.indicates)
    side = (
        "findings.improves" if one.signal == IMPROVING.signal.name else f"findings.{'above' if one.above else 'below'}"
    )
    return t(side, threshold=f"{one.threshold:.3g}", indicates=indicates)


def _log(view: RunView) -> Iterator[Block]:
    """Yield the entries of the log that are not findings of the diagnosis, such as faults of the data."""
    diagnosed = {rule.name for rule in RULES}
    others = [one for one in events_of(view.lines, Finding) if one.name.partition(":")[0] not in diagnosed]
    if others:
        rows = [(shortened(one.name, 80), shortened(one.text, 500)) for one in others[:MOST]]
        head = [view.t("findings.entry"), view.t("findings.text")]
        yield Table(view.t("findings.log"), head, rows)
