"""The report of one run."""

from collections.abc import Iterator

from ganarium.report.document.blocks import Document, Section
from ganarium.report.document.run_view import RunView
from ganarium.report.document.sections.closing_sections import (
    again_section,
    citations_section,
    cost_section,
    omitted_section,
)
from ganarium.report.document.sections.data_section import data_section
from ganarium.report.document.sections.findings_section import findings_section
from ganarium.report.document.sections.networks_section import networks_section
from ganarium.report.document.sections.samples_section import samples_section
from ganarium.report.document.sections.scores_section import scores_section
from ganarium.report.document.sections.settings_section import settings_section
from ganarium.report.document.sections.training_section import training_section
from ganarium.report.document.summary import summary_of
from ganarium.report.document.texts import Texts
from ganarium.runs.directory import Run


def run_document(run: Run, language: str, report_command: str = "") -> Document:
    """Return the report of one run.

    report_command: command that writes the report, to be shown at its end
    """
    t = Texts(language)
    view = RunView(run, t)
    recipe = run.experiment.recipe or t("own-settings")
    subtitle = t("document.subtitle", recipe=recipe, seed=run.experiment.seed, version=run.provenance.ganarium)
    sections = [*body(view), citations_section([view], t), again_section(view, report_command)]
    return Document(language, t("document.title", run=view.name), subtitle, summary_of(view), sections)


def body(view: RunView) -> Iterator[Section]:
    """Yield the sections about one run, without citations and reproduction."""
    for section in (
        data_section,
        networks_section,
        settings_section,
        training_section,
        samples_section,
        scores_section,
        findings_section,
        cost_section,
        omitted_section,
    ):
        yield section(view)
