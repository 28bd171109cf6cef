"""Scores are found by name or position, and are a list of `Score` in everything else."""

import json

import pytest

from ganarium.core.errors import UnknownNameError
from ganarium.evaluation.score import Score, Scores

NAMES = ("frechet/mnist-a4c2b1da", "recall/mnist-a4c2b1da", "frechet/random-conv-d56c2644", "similarity/ssim-7")
OWN = Score("own-5e6f7a8b/law", 9.0, None, 1, "")  # a measure with a hash
LIST = [Score(name, float(i), 0.5, 100, "a note", 0.1, "mnist/test/0") for i, name in enumerate(NAMES)]
SCORES = Scores(LIST)


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("recall", NAMES[1]),
        ("recall/mnist", NAMES[1]),
        ("frechet/random-conv", NAMES[2]),
        ("similarity/ssim", NAMES[3]),
        *((name, name) for name in NAMES),
    ],
)
def test_a_name_may_lack_the_hash_or_the_extractor(name: str, full: str):
    assert SCORES[name].name == full
    assert name in SCORES
    assert SCORES.get(name) is SCORES[name]


@pytest.mark.parametrize(
    ("name", "near"),
    [("recal", "did you mean recall"), ("frechet/mnst", "did you mean frechet/mnist"), ("", "no score named")],
)
def test_an_unknown_name_is_a_key_error_with_the_nearest_name(name: str, near: str):
    assert name not in SCORES
    assert SCORES.get(name) is None
    with pytest.raises(UnknownNameError, match=near):
        SCORES[name]
    assert issubclass(UnknownNameError, KeyError)


def test_a_name_of_several_scores_stands_for_the_first():
    assert SCORES["frechet"] is LIST[0]


@pytest.mark.parametrize("name", ["own", "own/law", "own-5e6f7a8b"])
def test_a_name_may_lack_the_hash_of_its_measure(name: str):
    assert Scores([*LIST, OWN])[name] is OWN


def test_a_full_name_is_found_even_if_it_shortens_another():
    both = Scores([Score("sliced", 1.0, 0.0, 1, ""), Score("sliced/law", 2.0, 0.0, 1, "")])
    assert both["sliced"].value == 1.0


def test_the_scores_are_a_sequence_and_a_mapping():
    assert [*SCORES] == LIST == SCORES
    assert (len(SCORES), SCORES[0], SCORES[-1], [*SCORES[1:3]]) == (4, LIST[0], LIST[-1], LIST[1:3])
    assert dict(SCORES) == dict(zip(NAMES, LIST, strict=True)) == dict(SCORES.items())
    assert LIST[0] in SCORES
    assert Scores(LIST[:2]) != SCORES
    with pytest.raises(IndexError):
        SCORES[4]


def test_the_scores_are_plain_data_for_json():
    assert json.loads(json.dumps(SCORES.to_dict()))[NAMES[1]]["value"] == 1.0


def test_a_table_for_pandas_has_a_row_per_score():
    pytest.importorskip("pandas")
    table = SCORES.to_pandas()
    assert list(table.index) == list(NAMES)
    assert list(table["floor"]) == [0.5] * 4
