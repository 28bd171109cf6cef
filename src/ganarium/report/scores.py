"""Scores as text tables: value, error, score of real samples, and scores of degraded controls."""

from collections.abc import Iterator, Sequence

from ganarium.evaluation.scores import Score

WIDE, NARROW = 11, 10


def score_lines(scores: Sequence[Score]) -> Iterator[str]:
    """Yield a header, one or two lines per score, then the scores of controls, if any."""
    name_width = max((len(score.name) for score in scores), default=0)
    yield " " * name_width + "".join(f"{head:>{WIDE}}" for head in ("value", "± 95 %", "real"))
    for score in scores:
        margin = None if score.interval is None else (score.interval[1] - score.interval[0]) / 2
        cells = "".join(f"{_short(number):>{WIDE}}" for number in (score.value, margin, score.floor))
        yield f"{score.name:<{name_width}}{cells}  {score.note}"
        if score.counts:
            yield f"{'':<{name_width}}  {' '.join(str(count) for count in score.counts)}"
    for against, n in dict.fromkeys((score.against, score.n) for score in scores):
        yield f"{n:,} samples against {against}"
    yield from _control_lines(scores, name_width)


def _control_lines(scores: Sequence[Score], name_width: int) -> Iterator[str]:
    """Yield the scores of degraded samples next to those of real ones, for scores that have controls."""
    names = list(dict.fromkeys(name for score in scores for name in score.controls))
    if not names:
        return
    widths = [max(NARROW, len(name) + 1) for name in ("real", *names)]
    yield ""
    yield f"{'controls':<{name_width}}" + _cells(("real", *names), widths)
    for score in scores:
        if score.controls:
            numbers = [score.floor, *(score.controls.get(name) for name in names)]
            yield f"{score.name:<{name_width}}" + _cells([_short(number, 3) for number in numbers], widths)


def _cells(words: Sequence[str], widths: Sequence[int]) -> str:
    return "".join(f"{word:>{width}}" for word, width in zip(words, widths, strict=True))


def _short(number: float | None, digits: int = 4) -> str:
    return "" if number is None else f"{number:.{digits}g}"
