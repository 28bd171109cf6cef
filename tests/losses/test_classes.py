"""What is said of classes and codes, against probabilities written out."""

from math import exp, log, pi

import pytest
import torch
from torch import Tensor

from ganarium.losses.classes import class_loss, code_loss, correct_label_logit, not_generated_logit


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 2


def softmax(logits_nk: Tensor) -> Tensor:
    return logits_nk.exp() / logits_nk.exp().sum(1, keepdim=True)


LABELS = torch.tensor([0, 3, 2, 3, 1])


def test_the_class_loss_is_minus_the_log_of_the_labels_probability():
    logits = drawn(5, 4)
    truth = [-log(softmax(logits)[i, label]) for i, label in enumerate(LABELS.tolist())]
    assert class_loss(logits, LABELS).tolist() == pytest.approx(truth, rel=1e-12)


def test_there_is_one_softmax_and_not_two():
    sure = torch.tensor([[10.0, 0.0]], dtype=torch.float64)
    assert class_loss(sure, torch.tensor([0])).item() == pytest.approx(log(1 + exp(-10)), rel=1e-9)
    twice = log(1 + exp(-(1 - 2 / (1 + exp(10)))))  # what a softmax before it would give
    assert class_loss(softmax(sure), torch.tensor([0])).item() == pytest.approx(twice, rel=1e-9)
    assert twice > 0.3


def test_adding_a_number_to_all_logits_changes_no_class_loss_and_far_ones_are_finite():
    logits = drawn(5, 4)
    assert torch.allclose(class_loss(logits + 7, LABELS), class_loss(logits, LABELS))
    far = torch.tensor([[1e4, -1e4]])
    assert class_loss(far, torch.tensor([1])).item() == 2e4


def test_k_plus_one_classes_are_real_or_not_and_then_which_one():
    """Salimans 2016, §5."""
    answers = drawn(5, 5)
    whole = class_loss(answers, LABELS)
    parts = torch.nn.functional.softplus(-not_generated_logit(answers)) + class_loss(answers[:, :-1], LABELS)
    assert torch.allclose(parts, whole, rtol=1e-12)
    generated = class_loss(answers, torch.full((5,), 4))
    assert torch.allclose(torch.nn.functional.softplus(not_generated_logit(answers)), generated, rtol=1e-12)


def test_not_generated_is_the_logit_of_the_first_k_together():
    answers = drawn(5, 5)
    assert torch.allclose(not_generated_logit(answers).sigmoid(), softmax(answers)[:, :-1].sum(1), rtol=1e-12)


def test_the_right_labels_logit_is_that_of_its_probability_among_all():
    answers = drawn(5, 5)
    probability = softmax(answers)[torch.arange(5), LABELS]
    assert torch.allclose(correct_label_logit(answers, LABELS).sigmoid(), probability, rtol=1e-12)
    assert torch.allclose(
        torch.nn.functional.softplus(-correct_label_logit(answers, LABELS)), class_loss(answers, LABELS)
    )


def test_the_right_labels_logit_has_finite_gradients():
    answers = (drawn(5, 5) * 1e3).requires_grad_()
    correct_label_logit(answers, LABELS).sum().backward()
    assert answers.grad is not None
    assert answers.grad.isfinite().all()
    assert torch.equal(answers.grad[torch.arange(5), LABELS], torch.ones(5, dtype=torch.float64))


def test_the_code_loss_is_a_gaussians_without_its_constant():
    """Chen 2016, §6: variance 1, summed over the codes."""
    means, codes = drawn(4, 3), drawn(4, 3, seed=1)
    whole = -torch.distributions.Normal(means, 1.0).log_prob(codes).sum(1)
    assert torch.allclose(code_loss(means, codes), whole - 3 * log(2 * pi) / 2, rtol=1e-12)
    assert torch.equal(code_loss(codes, codes), torch.zeros(4, dtype=torch.float64))


def test_each_sample_has_a_value_of_its_own():
    answers, codes = drawn(5, 5), drawn(5, 5, seed=1)
    for loss in (
        lambda s: class_loss(answers[s], LABELS[s]),
        lambda s: code_loss(answers[s], codes[s]),
        lambda s: not_generated_logit(answers[s]),
        lambda s: correct_label_logit(answers[s], LABELS[s]),
    ):
        assert torch.allclose(loss(slice(None)), torch.cat([loss(slice(i, i + 1)) for i in range(5)]), rtol=1e-12)
