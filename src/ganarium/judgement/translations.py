"""Scores of translations of drawn pairs, whose exact answers are known."""

from collections.abc import Iterator

from ganarium.data.feed import to_bytes
from ganarium.judgement.material import Answers
from ganarium.judgement.scores import Score
from ganarium.metrics.estimate import mean
from ganarium.metrics.translation import absolute_error, wrong_pixels
from ganarium.training.kept import Weights
from ganarium.training.translations import Translations


def judge_translations(
    translations: Translations, answers: Answers, n: int, weights: Weights | None = None
) -> Iterator[Score]:
    """Score translations of the held-out split's first n pictures against the exact answers.

    Beside each score stands what the pictures get when nothing is done to them: a translator must do better.
    """
    held_out = answers.held_out
    ways = {
        "there": (held_out.x[:n], held_out.x_as_y[:n]),
        "back": (held_out.y[:n], held_out.y_as_x[:n]),
    }
    for way in translations.ways:
        pictures, right = ways[way]
        made = to_bytes(translations.translate(pictures, back=way == "back", weights=weights))
        for name, measure, note in (
            ("l1", absolute_error, "mean absolute difference to the exact answer"),
            ("wrong-pixels", wrong_pixels, "share of pixels on the wrong side of one half"),
        ):
            found, untouched = mean(measure(made, right)), mean(measure(pictures, right))
            text = f"{note}, lower is better; {untouched.value:.4g} if nothing is done"
            yield Score(f"{name}-{way}/exact", found.value, 0.0, len(made), text, found.error, answers.against)
