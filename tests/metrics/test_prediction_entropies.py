import math

import pytest
import torch
from torch import Tensor

from ganarium.core.random_streams import Streams, normal
from ganarium.metrics.prediction_entropies import classifier_score

SURE = torch.eye(10).repeat(7, 1)


def test_sure_and_varied_gets_the_number_of_classes():
    found = classifier_score(SURE)
    assert list(found) == pytest.approx([10, math.log(10), 0])


def test_one_class_alone_and_no_idea_at_all_both_get_one():
    assert list(classifier_score(SURE[:1])) == pytest.approx([1, 0, 0])
    assert list(classifier_score(torch.full((5, 10), 0.1))) == pytest.approx([1, math.log(10), math.log(10)])


def test_two_answers_have_it_by_hand():
    found = classifier_score(torch.tensor([[0.9, 0.1], [0.5, 0.5]]))
    variety = -0.7 * math.log(0.7) - 0.3 * math.log(0.3)
    doubt = (-0.9 * math.log(0.9) - 0.1 * math.log(0.1) + math.log(2)) / 2
    assert list(found) == pytest.approx([math.exp(variety - doubt), variety, doubt], rel=1e-6)


def test_is_one_at_least_even_where_rounding_bites():
    rows = torch.tensor([[0.1, 0.2, 0.7]]).repeat(1000, 1)
    assert classifier_score(rows).score == pytest.approx(1, abs=1e-12)


def test_falls_with_doubt_and_with_dropped_classes():
    blurred = [classifier_score((1 - share) * SURE + share / 10).score for share in (0, 0.1, 0.3, 0.6)]
    assert blurred == sorted(blurred, reverse=True)
    dropped = [classifier_score(SURE[SURE.argmax(1) < left]).score for left in (10, 9, 5, 1)]
    assert dropped == pytest.approx([10, 9, 5, 1])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Metric:UserWarning", "ignore:std:UserWarning")
def test_agrees_with_torchmetrics():
    from torchmetrics.image.inception import InceptionScore

    class Logits(torch.nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.flatten(1)

    logits = 2 * Streams(0).at("logits", normal(500, 10), 0).double()
    peer = InceptionScore(Logits(), splits=1).set_dtype(torch.float64)
    peer.update(logits[:, :, None, None])
    assert classifier_score(logits.softmax(1)).score == pytest.approx(peer.compute()[0].item(), rel=1e-6)
