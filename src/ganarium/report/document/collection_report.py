"""The report of several runs, studies and trials."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.metadata import version

from ganarium.core.escape import command, printable, shown
from ganarium.report.document.blocks import Block, Code, Document, Paragraph, Section, shortened
from ganarium.report.document.groups import Groups, compared, grouped
from ganarium.report.document.run_report import body, run_document
from ganarium.report.document.run_view import RunView
from ganarium.report.document.sections.closing_sections import again_section, citations_section, written_by
from ganarium.report.document.sections.comparison_sections import comparison_sections, conclusion
from ganarium.report.document.sections.findings_section import findings_section
from ganarium.report.document.sections.trial_section import trial_section
from ganarium.report.document.summary import summary_of
from ganarium.report.document.targets import StudyTarget, Targets
from ganarium.report.document.texts import Texts

MOST_FULL = 6  # runs with all their sections; more runs have only their findings


def document_of(targets: Targets, language: str, report_command: str = "") -> Document:
    """Return the report of one run, or of everything that was given.

    report_command: command that writes the report, to be shown at its end
    """
    if len(targets.runs) == 1 and not targets.trials and not targets.studies:
        return run_document(targets.runs[0], language, report_command)
    t = Texts(language)
    runs = [RunView(run, t) for run in targets.runs]
    studies = [(study, _study_groups(study, t)) for study in targets.studies]
    forks = [RunView(fork, t) for trial in targets.trials for fork in trial.forks]
    everything = [*runs, *forks, *(view for _, groups in studies for view in groups.all)]
    groups = grouped(runs) if len(runs) > 1 else None
    sections = [*(comparison_sections(groups, t) if groups else [])]
    for study, own in studies:
        sections.append(_study_section(study, own, t, is_only=len(targets.studies) == 1 and not runs))
    sections += [*_run_sections(runs, t), *(trial_section(trial, t) for trial in targets.trials)]
    sections += [citations_section(everything, t), _again(runs, targets, t, report_command)]
    return Document(
        language,
        _title(targets, everything, t),
        t("compared.subtitle", names=_names(targets, t), version=version("ganarium")),
        list(_summary(runs, groups or (studies[0][1] if studies else None), everything, t)),
        sections,
    )


def _title(targets: Targets, everything: Sequence[RunView], t: Texts) -> str:
    if len(targets.studies) == 1 and not targets.runs and not targets.trials:
        return t("compared.study-title", name=printable(targets.studies[0].path.absolute().name))
    return t("compared.title", n=f"{len(everything):,}")


def _names(targets: Targets, t: Texts) -> str:
    paths = [run.path for run in targets.runs]
    paths += [trial.path for trial in targets.trials]
    paths += [study.path for study in targets.studies]
    return shortened(t.joined([printable(path.absolute().name) for path in paths]), 300)


def _summary(runs: Sequence[RunView], groups: Groups | None, everything: Sequence[RunView], t: Texts) -> Iterator[str]:
    """Yield two to four sentences: what was compared, what the diagnosis found, and the conclusion."""
    if groups is None and runs:
        yield from summary_of(runs[0])[:3]
    elif groups is not None:
        yield t("compared.trained", runs=f"{len(groups.all):,}", groups=f"{len(groups.views):,}")
    sick = sum(bool(view.diagnosis.severe) for view in everything)
    if sick:
        yield t("compared.problems", n=f"{sick:,}", runs=f"{len(everything):,}")
    else:
        yield t("compared.no-problems")
    if groups is not None:
        yield from list(conclusion(groups, compared(groups), t))[:2]


def _study_groups(study: StudyTarget, t: Texts) -> Groups:
    opened = study.opened()
    views = [RunView(run, t, study.scores(planned)) for planned, run in opened]
    return grouped(views, [planned.variant for planned, _ in opened])


def _study_section(study: StudyTarget, groups: Groups, t: Texts, *, is_only: bool) -> Section:
    """Return the comparison of a study's variants and the findings of the first run of each."""
    unfinished = [run.name for run in study.runs if not study.folder.result_path(run).is_file()]
    blocks: list[Block] = []
    if unfinished:
        names = shortened(t.joined(list(map(printable, unfinished))), 500)
        text = t("study.unfinished", n=f"{len(unfinished):,}", of=f"{len(study.runs):,}", names=names)
        blocks.append(Paragraph(text, "warning"))
    name = printable(study.path.absolute().name)
    findings = [
        Section(f"{groups.letter(variant)}: {some[0].name}", findings_section(some[0]).blocks)
        for variant, some in groups.views.items()
    ]
    parts = [*comparison_sections(groups, t), Section(t("compared.findings"), [], findings)]
    title = t("compared.findings") if is_only else name
    return Section(title if not is_only else t("compared.study-title", name=name), blocks, parts)


def _run_sections(runs: Sequence[RunView], t: Texts) -> Iterator[Section]:
    """Yield a section with everything about each run or, for many runs, their findings."""
    if len(runs) > MOST_FULL:
        parts = [Section(view.name, findings_section(view).blocks) for view in runs]
        yield Section(t("compared.findings"), [], parts)
        return
    for view in runs:
        summary = Paragraph(t.sentences(*summary_of(view)))
        yield Section(t("runs.title", name=view.name), [summary], list(body(view)))


def _again(runs: Sequence[RunView], targets: Targets, t: Texts, report_command: str) -> Section:
    """Return the commands that train everything again and write the report."""
    parts = [Section(view.name, again_section(view).blocks) for view in runs[:MOST_FULL]]
    blocks: list[Block] = []
    for study in targets.studies:
        blocks += [
            Paragraph(t("study.reproduce")),
            Code(command("study", shown(study.path.absolute())), t("again.command")),
        ]
    return Section(t("again.title"), [*blocks, *written_by(t, report_command)], parts)
