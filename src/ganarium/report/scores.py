"""Scores as a table of text: each beside its error, and what real samples and spoilt ones get."""

from collections.abc import Iterator, Sequence

from ganarium.judgement.scores import Score

WIDE = 11


def score_lines(scores: Sequence[Score]) -> Iterator[str]:
    """A line for the columns' names, and one or two for each score."""
    controls = list(dict.fromkeys(name for score in scores for name in score.controls))
    name_width = max((len(score.name) for score in scores), default=0)
    heads = ["value", "± 95 %", "real", *controls]
    widths = [max(WIDE, len(head) + 2) for head in heads]
    yield " " * name_width + "".join(f"{head:>{width}}" for head, width in zip(heads, widths, strict=True))
    for score in scores:
        margin = None if score.interval is None else (score.interval[1] - score.interval[0]) / 2
        numbers = [score.value, margin, score.floor, *(score.controls.get(name) for name in controls)]
        cells = "".join(f"{_short(number):>{width}}" for number, width in zip(numbers, widths, strict=True))
        yield f"{score.name:<{name_width}}{cells}  {score.note}"
        if score.counts:
            yield f"{'':<{name_width}}  {' '.join(str(count) for count in score.counts)}"
    for against, n in dict.fromkeys((score.against, score.n) for score in scores):
        yield f"{n:,} samples against {against}"


def _short(number: float | None) -> str:
    return "" if number is None else f"{number:.4g}"
