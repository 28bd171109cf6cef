"""Scores as text in the language of the report."""

import re

from ganarium.evaluation.score import Score
from ganarium.report.document.blocks import shortened
from ganarium.report.document.texts import Texts

DIRECTIONS = {
    "lower is better": "better.lower",
    "higher is better": "better.higher",
    "best at the value for real data": "better.real",
    "0 is best": "better.zero",
    "0.5 is best": "better.half",
    "1 is best": "better.one",
}


def score_title(name: str, t: Texts) -> str:
    """Return the displayed name of a score: the measure, and the feature extractor in brackets.

    >>> score_title("frechet/mnist-a4c2b1da", Texts("en"))
    'Fréchet distance (MNIST classifier a4c2b1da)'
    """
    measure, _, reader = name.partition("/")
    title = t.known(f"measure.{measure}", measure.replace("-", " "))
    return shortened(t("score.with-reader", title=title, reader=_reader(reader, t)) if reader else title, 200)


def measure_title(name: str, t: Texts) -> str:
    """Return the displayed name of a score without its feature extractor."""
    measure = name.partition("/")[0]
    return shortened(t.known(f"measure.{measure}", measure.replace("-", " ")), 100)


def meaning(score: Score, t: Texts) -> str:
    """Return the description of a score: in Chinese only the direction, as the measure's name says the rest."""
    if t.language == "en":
        return shortened(score.note, 300)
    found = [t(key) for words, key in DIRECTIONS.items() if re.search(rf"(?<![\d.]){re.escape(words)}", score.note)]
    return found[0] if found else shortened(score.note, 300)


def _reader(reader: str, t: Texts) -> str:
    """Return the displayed name of a feature extractor."""
    data, _, digest = reader.rpartition("-")
    if reader.startswith("random-conv"):
        return t("reader.random-conv")
    if re.fullmatch(r"[0-9a-f]{8}", digest):
        return t("reader.classifier", data=data.upper() if data == "mnist" else data, hash=digest)
    return t.known(f"reader.{reader}", reader)
