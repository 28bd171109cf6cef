"""Scores of translations of drawn pairs, whose exact answers are known."""

from collections.abc import Iterator

from ganarium.evaluation.samples import Answers, Translated
from ganarium.evaluation.scores import Score
from ganarium.metrics.estimate import mean
from ganarium.metrics.translation import absolute_error, wrong_pixels


def judge_translations(translated: Translated, answers: Answers) -> Iterator[Score]:
    """Score translations of held-out pictures against the exact answers.

    The note of each score gives the value of the untranslated pictures; a translator must do better.
    """
    ways = answers.ways(len(translated))
    for way, made in translated.ways.items():
        pictures, right = ways[way]
        for name, measure, note in (
            ("l1", absolute_error, "mean absolute difference to the exact answer"),
            ("wrong-pixels", wrong_pixels, "share of pixels on the wrong side of one half"),
        ):
            found, untouched = mean(measure(made, right)), mean(measure(pictures, right))
            text = f"{note}, lower is better; {untouched.value:.4g} if nothing is done"
            yield Score(f"{name}-{way}/exact", found.value, 0.0, len(made), text, found.error, answers.against)
