"""Scores as text tables: value, error, score of real samples, and scores of degraded samples."""

from collections.abc import Iterator, Sequence

from ganarium.evaluation.score import Score

WIDE, NARROW = 11, 9
DEGRADED = "degraded samples"
# Published scores with the same formulas, by measure.
FORMULAS = {"frechet": "FID", "kernel-distance": "KID", "classifier-score": "IS"}


def score_lines(scores: Sequence[Score]) -> Iterator[str]:
    """Yield a header, one or two lines per score, then the scores of degraded samples, if any."""
    name_width = max((len(score.name) for score in scores), default=0)
    yield " " * name_width + "".join(f"{head:>{WIDE}}" for head in ("value", "± 95 %", "real data"))
    for score in scores:
        margin = None if score.interval is None else (score.interval[1] - score.interval[0]) / 2
        cells = "".join(f"{_short(number):>{WIDE}}" for number in (score.value, margin, score.floor))
        yield f"{score.name:<{name_width}}{cells}  {score.note}"
        if score.counts:
            yield f"{'':<{name_width}}  samples per class: {' '.join(str(count) for count in score.counts)}"
    for against, n in dict.fromkeys((score.against, score.n) for score in scores):
        yield f"{n:,} samples against {against}"
    yield from _formulas(scores)
    yield from _control_lines(scores, name_width)


def _formulas(scores: Sequence[Score]) -> Iterator[str]:
    """Yield a line that names the published scores with the same formulas, if there are any."""
    measures = {score.name.partition("/")[0] for score in scores}
    if present := [f"{published} ({measure})" for measure, published in FORMULAS.items() if measure in measures]:
        yield f"same formulas as {', '.join(present)}, but with the network after the slash instead of Inception"


def _control_lines(scores: Sequence[Score], name_width: int) -> Iterator[str]:
    """Yield a table of the scores of real and degraded samples, for each score that has controls."""
    names = list(dict.fromkeys(name for score in scores for name in score.controls))
    if not names:
        return
    widths = [max(NARROW, len(name) + 1) for name in ("real data", *names)]
    name_width = max(name_width, len(DEGRADED))
    yield ""
    yield f"{DEGRADED:<{name_width}}" + _cells(("real data", *names), widths)
    for score in scores:
        if score.controls:
            numbers = [score.floor, *(score.controls.get(name) for name in names)]
            yield f"{score.name:<{name_width}}" + _cells([_short(number, 3) for number in numbers], widths)


def _cells(texts: Sequence[str], widths: Sequence[int]) -> str:
    return "".join(f"{text:>{width}}" for text, width in zip(texts, widths, strict=True))


def _short(number: float | None, digits: int = 4) -> str:
    return "" if number is None else f"{number:.{digits}g}"
