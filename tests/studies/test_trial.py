"""What a trial says of two scores."""

import pytest

from ganarium.runs.events import Scored
from ganarium.studies.trial import verdict_of


def scored(value: float, error: float | None = 0.1) -> Scored:
    return Scored(100, "frechet/mnist", value, 1.0, 2_000, error=error)


@pytest.mark.parametrize(
    ("usual", "value", "said"),
    [
        (11.0, 9.5, "helped"),
        (11.0, 12.5, "worse"),
        (11.0, 10.2, "no clear change"),  # beyond the errors, but within what seeds differ by
        (1.2, 1.05, "no clear change"),  # three quarters nearer, but within the errors
        (0.0, 1.0, "helped"),  # below what real samples get is off as well
    ],
)
def test_what_helped_is_nearer_to_real_samples_beyond_errors_and_seeds(usual: float, value: float, said: str):
    assert verdict_of(scored(usual), scored(value)) == said


def test_without_a_score_or_its_error_nothing_is_said():
    assert verdict_of(None, scored(1.0)) == verdict_of(scored(1.0), None) == "not comparable"
    assert verdict_of(scored(1.0), scored(9.0, error=None)) == "not comparable"
