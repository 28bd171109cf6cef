"""The trial of remedies on a run: outcome, pictures and findings of each fork."""

from collections.abc import Iterator

from ganarium.core.escape import printable, shown
from ganarium.report.document.blocks import Block, Gallery, Paragraph, Section, Table, shortened
from ganarium.report.document.run_view import RunView
from ganarium.report.document.score_names import score_title
from ganarium.report.document.sections.comparison_sections import grid_picture
from ganarium.report.document.targets import TrialTarget
from ganarium.report.document.texts import Texts
from ganarium.studies.trial import BASELINE, Outcome, Variant, outcomes


def trial_section(trial: TrialTarget, t: Texts) -> Section:
    """Return what each remedy did, compared with the unchanged fork."""
    views = [RunView(fork, t) for fork in trial.forks]
    title = t("trial.title", name=printable(shown(trial.path.absolute())))
    return Section(title, list(_blocks(trial, views, t)))


def _blocks(trial: TrialTarget, views: list[RunView], t: Texts) -> Iterator[Block]:
    variants = [Variant(BASELINE if number == 0 else fork.path.name) for number, fork in enumerate(trial.forks)]
    results = list(outcomes(zip(variants, trial.forks, strict=True)))
    yield Paragraph(t("trial.text", at=f"{views[0].first_step:,}"))
    scores = [one.score.name for one in results if one.score]
    score = score_title(scores[0], t) if scores else t("scores.score")
    head = [t("trial.variant"), score, t("trial.verdict"), t("trial.findings")]
    rows = [
        (_name(one, t), one.cells[1], t.known(f"verdict.{one.verdict}", one.verdict), _findings(one, t))
        for one in results
    ]
    yield Table(t("trial.table"), head, rows)
    helped = [_name(one, t) for one in results if one.verdict == "helped"]
    yield Paragraph(t("trial.helped", names=t.joined(helped)) if helped else t("trial.none-helped"))
    named = zip(results, views, strict=True)
    pictures = [picture for one, view in named if (picture := grid_picture(view, _name(one, t)))]
    if pictures:
        yield Gallery(pictures)


def _name(outcome: Outcome, t: Texts) -> str:
    return t("trial.baseline") if outcome.name == BASELINE else shortened(printable(outcome.name), 100)


def _findings(outcome: Outcome, t: Texts) -> str:
    """Return the titles of the findings at the end of a fork."""
    titles = []
    for label in outcome.findings:
        first, _, suspected = label.partition(":")
        words = [t.known(f"finding.{name}", name) for name in suspected.split("+") if name]
        title = t.known(f"finding.{first}", first)
        titles.append(f"{title} ({t.joined(words)})" if words else title)
    return t.joined(titles) or t("finding.too-early")
