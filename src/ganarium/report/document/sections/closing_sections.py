"""Closing sections: cost and environment, what was not measured, citations, and reproduction."""

from collections.abc import Iterator, Sequence

from ganarium.config.entries import own_parts, papers
from ganarium.config.formatted_overrides import words_between
from ganarium.config.given import GIVEN, given_parts
from ganarium.core.errors import GanariumError
from ganarium.core.escape import command, shown
from ganarium.recipes import RECIPES
from ganarium.report.document.bibliography import works_in
from ganarium.report.document.blocks import Block, Code, Folded, Listing, Paragraph, Section, Table, number, shortened
from ganarium.report.document.run_view import RunView
from ganarium.report.document.texts import Texts
from ganarium.runs.curve_panels import events_of
from ganarium.runs.directory import EXPERIMENT
from ganarium.runs.events import Steered

MEMORIZATION = ("authenticity", "copy-rate", "nearer-to-training")


def cost_section(view: RunView) -> Section:
    """Return training time, machine, engine and versions."""
    t, origin, engine = view.t, view.run.provenance, view.experiment.engine
    done = view.step - view.first_step
    rate = done / view.seconds if view.seconds > 0 else 0.0
    values = {
        "seconds": t("cost.seconds-value", seconds=f"{view.seconds:,.0f}", steps=f"{done:,}", rate=number(rate, 3)),
        "sessions": f"{view.sessions}",
        "machine": origin.machine,
        "engine": ", ".join(f"{name}={value}" for name, value in engine.model_dump().items()),
        "engine-reason": origin.engine,
        "versions": f"ganarium {origin.ganarium}, PyTorch {origin.torch}, Python {origin.python}",
        "commit": origin.commit,
        "plugins": ", ".join(origin.plugins),
        "parent": origin.parent,
    }
    rows = [(t(f"cost.{name}"), shortened(value, 300)) for name, value in values.items() if value]
    return Section(t("cost.title"), [Table(t("cost.caption"), [t("cost.item"), t("settings.value")], rows)])


def omitted_section(view: RunView) -> Section:
    """Return what the files of the run do not answer."""
    return Section(view.t("omitted.title"), [Listing(list(_omitted(view)))])


def _omitted(view: RunView) -> Iterator[str]:
    t, stored = view.t, view.test_scores
    scores = [*(stored.scores if stored else ()), *view.validation_scores[1]]
    if view.state != "finished":
        yield t("omitted.unfinished", step=f"{view.step:,}")
    yield t("omitted.seed")
    if stored is None:
        yield t("omitted.test" if scores else "omitted.scores")
    elif not any(score.controls for score in stored.scores):
        yield t("omitted.controls")
    if not any(score.name.partition("/")[0] in MEMORIZATION for score in scores):
        yield t("omitted.memorization")
    unrecorded = [one for one in view.diagnosis.signals if one.missing]
    if unrecorded:
        names = dict.fromkeys(
            one.title if t.language == "en" else t.known(f"signal.{one.signal}", one.title) for one in unrecorded
        )
        yield t("omitted.signals", names=t.joined(list(names)))
    yield t("omitted.always")


def citations_section(views: Sequence[RunView], t: Texts) -> Section:
    """Return the citations of the recipes and parts of one or several runs, and their BibTeX entries."""
    cited: dict[str, None] = {}
    for view in views:
        recipe = RECIPES.get(view.experiment.recipe)
        cited |= dict.fromkeys([*([recipe.source] if recipe else []), *papers(view.experiment)])
    if not cited:
        return Section(t("citations.title"), [Paragraph(t("citations.none"))])
    blocks: list[Block] = [Paragraph(t("citations.text")), Listing([shortened(text, 500) for text in cited])]
    if works := works_in(cited):
        bibtex = Code("\n\n".join(work.bibtex for work in works), t("citations.bibtex"))
        blocks.append(Folded(t("citations.bibtex"), [bibtex]))
    return Section(t("citations.title"), blocks)


def again_section(view: RunView, report_command: str = "") -> Section:
    """Return the commands that train the run and write the report again."""
    return Section(view.t("again.title"), [*_again(view), *written_by(view.t, report_command)])


def written_by(t: Texts, report_command: str) -> Iterator[Block]:
    """Yield the command that wrote the report, if it is known."""
    if report_command:
        yield Paragraph(t("again.report"))
        yield Code(report_command, t("again.command"))


def _again(view: RunView) -> Iterator[Block]:
    t, origin, experiment = view.t, view.run.provenance, view.experiment
    yield Paragraph(t("again.text", version=origin.ganarium, torch=origin.torch, python=origin.python))
    if origin.parent:
        yield Paragraph(t("again.fork", parent=shortened(origin.parent, 300)))
    yield Code(_command(view), t("again.command"))
    yield Paragraph(t("again.exact", seed=experiment.seed))
    if steered := len(events_of(view.lines, Steered)):
        yield Paragraph(t("again.steered", n=f"{steered:,}"), "warning")
    named = [part.part for part in given_parts(experiment).values() if part.identity not in GIVEN]
    parts = [*named, *own_parts(experiment), *origin.plugins]
    if parts:
        yield Paragraph(t("again.parts", parts=shortened(t.joined(parts), 300)), "note")


def _command(view: RunView) -> str:
    """Return the command that trains the run again: from its recipe if it is known, else from its file."""
    origin, recipe = view.run.provenance, RECIPES.get(view.experiment.recipe)
    try:
        words = words_between(recipe.experiment(), view.experiment) if recipe else []
    except GanariumError:
        recipe = None
    if recipe is None:
        return command("train", shown(view.run.path / EXPERIMENT))
    parent, _, step = origin.parent.rpartition(" at step ")
    if parent:
        return command("fork", parent, "--at", step, *words)
    return command("train", recipe.name, *words)
