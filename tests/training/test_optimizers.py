"""The optimizers give the weights of `torch.optim` bit for bit, and are faster to import."""

import subprocess
import sys
from math import prod, sqrt

import pytest
import torch
from torch import Tensor, nn

from ganarium.config.optimizers import AdamConfig, RmsPropConfig, SgdConfig
from ganarium.training.optimizers import Adam, RmsProp, Sgd

CASES = {
    "adam": (
        lambda weights, lr: Adam(AdamConfig(), weights, lr),
        lambda weights, lr: torch.optim.Adam(weights, lr=lr, betas=(0.5, 0.999), eps=1e-8, fused=True),
    ),
    "sgd": (
        lambda weights, lr: Sgd(SgdConfig(), weights, lr),
        lambda weights, lr: torch.optim.SGD(weights, lr=lr, fused=True),
    ),
    "sgd with momentum": (
        lambda weights, lr: Sgd(SgdConfig(momentum=0.9), weights, lr),
        lambda weights, lr: torch.optim.SGD(weights, lr=lr, momentum=0.9, fused=True),
    ),
    "rmsprop": (
        lambda weights, lr: RmsProp(RmsPropConfig(), weights, lr),
        lambda weights, lr: torch.optim.RMSprop(weights, lr=lr, alpha=0.99, eps=1e-8),
    ),
}


def trained(make, *, late: bool) -> tuple[list[Tensor], dict[str, Tensor]]:
    """Return the weights and the state after five updates with a falling learning rate.

    late: whether one weight has no gradient at first
    """
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(4 * 36, 2)).to(memory_format=torch.channels_last)
    weights, lr = list(net.parameters()), torch.tensor(0.1)
    optimizer = make(weights, lr)
    for step in range(5):
        optimizer.zero_grad()
        net(torch.randn(8, 1, 8, 8)).square().mean().backward()
        if late and step < 2:
            weights[-1].grad = None
        optimizer.step()
        lr.mul_(0.9)
    state = {
        f"{i}.{key}": value
        for i, weight in enumerate(weights)
        for key, value in optimizer.state.get(weight, {}).items()
        if isinstance(value, Tensor)
    }
    return [weight.detach() for weight in weights], state


@pytest.mark.parametrize("name", CASES)
def test_an_optimizer_gives_the_weights_and_the_state_of_torch_bit_for_bit(name: str):
    (weights, state), (expected, expected_state) = (
        trained(make, late=name != "sgd with momentum") for make in CASES[name]
    )  # torch refuses a late weight with momentum
    assert all(map(torch.equal, weights, expected))
    assert state.keys() == expected_state.keys()
    assert all(torch.equal(state[key], expected_state[key]) for key in state)


def stepped(optimizer: Adam, weight: Tensor, gradients: Tensor, beta2s: list[float]) -> list[float]:
    """Return how far each update moves the weight, given its gradients and β₂."""
    moves = []
    for gradient, beta2 in zip(gradients, beta2s, strict=True):
        before = weight.item()
        weight.grad = gradient.clone()
        optimizer.beta2.fill_(beta2)
        optimizer.step()
        moves.append(before - weight.item())
    return moves


RISING = [0.5, 0.6, 0.9, 0.9, 0.99, 0.2]


def test_whatever_the_course_of_beta2_a_gradient_of_one_size_moves_a_weight_by_the_learning_rate():
    weight = torch.zeros((), requires_grad=True)
    optimizer = Adam(AdamConfig(beta1=0.0, beta2_final=0.99), [weight], torch.tensor(0.1))
    assert stepped(optimizer, weight, torch.full((6,), 3.0), RISING) == pytest.approx([0.1] * 6, rel=1e-5)


def test_a_changing_beta2_divides_by_the_weighted_mean_of_squares():
    weight = torch.zeros((), requires_grad=True)
    optimizer = Adam(AdamConfig(beta1=0.0, beta2_final=0.99), [weight], torch.tensor(0.1))
    gradients = torch.tensor([1.0, -2.0, 0.5, 3.0, 1.0, -1.0])
    expected = []
    for last in range(6):
        parts = [(1 - RISING[i]) * prod(RISING[i + 1 : last + 1]) for i in range(last + 1)]
        mean = sum(part * gradients[i].item() ** 2 for i, part in enumerate(parts)) / sum(parts)
        expected.append(0.1 * gradients[last].item() / sqrt(mean))
    assert stepped(optimizer, weight, gradients, RISING) == pytest.approx(expected, rel=1e-5)


def test_with_a_constant_beta2_both_forms_of_adam_agree_and_one_continues_the_other():
    fixed, scheduled = AdamConfig(beta1=0.3, beta2=0.9), AdamConfig(beta1=0.3, beta2=0.9, beta2_final=0.9)
    expected, _ = trained(lambda weights, lr: Adam(fixed, weights, lr), late=True)
    weights, _ = trained(lambda weights, lr: Adam(scheduled, weights, lr), late=True)
    assert all(torch.allclose(one, other, atol=1e-6) for one, other in zip(weights, expected, strict=True))

    def continued(weights: list[Tensor], lr: Tensor) -> Adam:
        """Steps of the fixed form before each of the scheduled form's, with the state handed over."""
        first, second = Adam(fixed, weights, lr), Adam(scheduled, weights, lr)
        second.state = first.state
        steps = iter([first.step, first.step, *[second.step] * 3])
        second.step = lambda: next(steps)()  # type: ignore[method-assign]
        return second

    weights, _ = trained(continued, late=True)
    assert all(torch.allclose(one, other, atol=1e-6) for one, other in zip(weights, expected, strict=True))


@pytest.mark.slow
def test_training_steps_do_not_import_the_compiler_of_torch():
    code = (
        "import sys, torch\n"
        "from ganarium.config.optimizers import AdamConfig\n"
        "from ganarium.training.optimizers import Adam\n"
        "weight = torch.ones(2, requires_grad=True)\n"
        "weight.sum().backward()\n"
        "Adam(AdamConfig(), [weight], torch.tensor(0.1)).step()\n"
        "assert weight[0] < 1\n"
        "assert 'torch._dynamo' not in sys.modules and 'sympy' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
