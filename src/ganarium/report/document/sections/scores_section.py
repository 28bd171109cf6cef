"""The scores of a run on test data, and those computed during training."""

from collections.abc import Iterator, Sequence

from ganarium.core.escape import command
from ganarium.evaluation.score import Score
from ganarium.report.document.blocks import Block, Code, Paragraph, Section, Table, number, shortened
from ganarium.report.document.run_view import RunView
from ganarium.report.document.score_names import meaning, score_title

MOST = 100  # rows of a table


def scores_section(view: RunView) -> Section:
    """Return the stored test scores with intervals, floors and controls, and the newest validation scores."""
    return Section(view.t("scores.title"), [*_test(view), *_validation(view), *_notes(view)])


def _test(view: RunView) -> Iterator[Block]:
    stored = view.test_scores
    if stored is None:
        yield Paragraph(view.t("scores.test-missing"), "note")
        yield Code(command("evaluate", view.run), view.t("scores.command"))
        return
    if stored.step < view.step:
        yield Paragraph(view.t("scores.earlier", step=f"{stored.step:,}", newest=f"{view.step:,}"), "warning")
    yield _table(view, stored.scores, stored.step, stored.split)
    yield from _controls(view, stored.scores)
    yield from _classes(view, stored.scores)


def _validation(view: RunView) -> Iterator[Block]:
    step, scores = view.validation_scores
    if scores:
        yield _table(view, scores, step, "validation")
        if view.test_scores is None:
            yield from _classes(view, scores)
    elif view.test_scores is None:
        yield Paragraph(view.t("scores.none"), "note")


def _notes(view: RunView) -> Iterator[Block]:
    scores = [*(view.test_scores.scores if view.test_scores else ()), *view.validation_scores[1]]
    if scores:
        yield Paragraph(view.t("scores.note"))
    if any(score.name.startswith("frechet") for score in scores):
        yield Paragraph(view.t("scores.fid"))


def _table(view: RunView, scores: Sequence[Score], step: int, split: str) -> Table:
    t = view.t
    rows = [
        (score_title(score.name, t), number(score.value), number(score.margin), number(score.floor), meaning(score, t))
        for score in scores[:MOST]
    ]
    n, against = scores[0].n if scores else 0, shortened(scores[0].against if scores else "", 100)
    caption = t("scores.table", n=f"{n:,}", step=f"{step:,}", against=against, split=t(split))
    head = [t(f"scores.{name}") for name in ("score", "value", "margin", "floor", "meaning")]
    return Table(caption, head, rows, numbers=(1, 2, 3))


def _controls(view: RunView, scores: Sequence[Score]) -> Iterator[Block]:
    names = list(dict.fromkeys(name for score in scores for name in score.controls))
    if not names:
        return
    graded = [score for score in scores if score.controls][:MOST]
    rows = [
        (score_title(one.name, view.t), number(one.floor), *(number(one.controls.get(name)) for name in names))
        for one in graded
    ]
    head = [view.t("scores.score"), view.t("scores.floor"), *(control_title(view, name) for name in names)]
    yield Table(view.t("scores.controls"), head, rows, numbers=range(1, len(head)))


def control_title(view: RunView, name: str) -> str:
    """Return the displayed name of a control."""
    return view.t.known(f"control.{name}", shortened(name, 40))


def _classes(view: RunView, scores: Sequence[Score]) -> Iterator[Block]:
    counts = next((score.counts for score in scores if score.counts), ())
    classes = view.run.provenance.classes
    if counts and len(counts) == len(classes) <= MOST and all(isinstance(count, int) for count in counts):
        rows = [(shortened(name, 80), f"{count:,}") for name, count in zip(classes, counts, strict=True)]
        yield Table(view.t("scores.classes"), (view.t("data.class"), view.t("data.count")), rows, numbers=(1,))
