"""The summary of a run: two to four sentences derived from its numbers."""

from collections.abc import Iterator

from ganarium.evaluation.score import Score
from ganarium.report.document.blocks import number, shortened
from ganarium.report.document.run_view import RunView
from ganarium.report.document.score_names import score_title
from ganarium.report.document.sections.data_section import data_name
from ganarium.report.document.sections.findings_section import title_of
from ganarium.report.document.sections.training_section import over


def summary_of(view: RunView) -> list[str]:
    """Return sentences on training, losses, the first score and the diagnosis."""
    return [_trained(view), _losses(view), _score(view), _diagnosed(view)]


def _trained(view: RunView) -> str:
    recipe = view.experiment.recipe or view.t("own-settings")
    steps, data = f"{view.step:,}", shortened(data_name(view), 100)
    state = view.t(f"state.{view.state}")
    return view.t("summary.trained", recipe=recipe, data=data, steps=steps, seconds=f"{view.seconds:,.0f}", state=state)


def _losses(view: RunView) -> str:
    if view.losses is None:
        return view.t("summary.no-losses")
    mean = view.losses.mean
    players = {"discriminator": number(mean.discriminator), "generator": number(mean.generator)}
    return view.t("summary.losses", over=over(view, mean), **players)


def _score(view: RunView) -> str:
    stored, (_, validation) = view.test_scores, view.validation_scores
    scores = stored.scores if stored else validation
    if not scores:
        return view.t("summary.no-scores")
    return score_sentence(view, scores[0], stored.split if stored else "validation")


def score_sentence(view: RunView, score: Score, split: str) -> str:
    """Return a sentence with a score, its 95 % interval and the score of real data."""
    margin = "" if score.margin is None else f" ± {number(score.margin, 2)}"
    values = {"score": score_title(score.name, view.t), "split": view.t(split), "value": number(score.value)}
    if score.floor is None:
        return view.t("summary.score-without-floor", margin=margin, **values)
    return view.t("summary.score", margin=margin, floor=number(score.floor), **values)


def _diagnosed(view: RunView) -> str:
    diagnosis = view.diagnosis
    if diagnosis.severe:
        return view.t("summary.findings", findings=view.t.joined(list(_since(view))))
    if diagnosis.suspected:
        names = [title_of(view, one) for one in diagnosis.suspected]
        return view.t("summary.suspected", findings=view.t.joined(names))
    return view.t("summary.healthy" if diagnosis.findings else "summary.too-early")


def _since(view: RunView) -> Iterator[str]:
    for one in view.diagnosis.severe:
        title = title_of(view, one)
        yield title if one.since is None else view.t("since", finding=title, step=f"{one.since:,}")
