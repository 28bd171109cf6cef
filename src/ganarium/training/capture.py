"""Recording of a training step as a graph of tensor operations, which runs without the surrounding Python code.

Values that differ from step to step (batches, latents, masks) are inputs of the graph; weights, moments, running
statistics and states of remedies are updated in place. A recorded step gives the same results bit for bit; a compiled
step does not, because fused operations round sums in another order.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Self

import torch
from torch import Tensor
from torch.fx import GraphModule, Node

from ganarium.core.random_streams import MakeTensor
from ganarium.training.optimizers import RmsProp
from ganarium.training.own_optimizers import OwnOptimizer
from ganarium.training.state import TrainingState
from ganarium.training.update_rules import StepResult, UpdateRule

# A vector that is only partly filled reads its other lanes from beyond the tensor, and a large value there changes the
# rounding of sines in all lanes, so that the same step gives different results. Loops therefore end value by value.
COMPILER: dict[str, Any] = {"cpp.enable_loop_tail_vec": False}

Parts = Mapping[Any, Callable[..., Any]]
Request = tuple[MakeTensor, int]  # a function of a batch number, and the position of the batch within a step


class RecordedStep:
    """A training step as a recorded sequence of operations, which run one by one.

    parts: decompositions of operations that should not be recorded unchanged
    """

    def __init__(self, state: TrainingState, rule: UpdateRule, parts: Parts = MappingProxyType({})) -> None:
        self.state, self.rule = state, rule
        with _restored(state):
            self.requests = _requests(state, rule)
            self.learning = _learning(state)
            self.names, self.graph = _recorded(state, rule, self.requests, parts)
        self.run: Callable[..., Any] = self.graph.forward

    @torch.no_grad()
    def __call__(self, step: int) -> StepResult:
        """Run the step with the given number."""
        given = [make(step * self.rule.batches + position) for make, position in self.requests]
        row, real, fake, *gradients = self.run(*given)
        for parameter, gradient in zip(self.learning, gradients, strict=True):
            parameter.grad = gradient
        return StepResult(dict(zip(self.names, row.unbind(), strict=True)), real, fake)

    @classmethod
    def compiled(cls, state: TrainingState, rule: UpdateRule) -> Self:
        """Return a recorded step with fused operations; compiling is slow."""
        aten = torch.ops.aten
        recorded = cls(
            state, rule, {aten._fused_adam_.tensor_lr: _adam, aten.mm.default: _thin, aten.addmm.default: _thin_sum}
        )
        for node in recorded.graph.graph.find_nodes(op="call_function", target=aten.view.default):
            node.target = aten.reshape.default  # the compiler changes the layout of some tensors
        recorded.graph.recompile()
        recorded.run = torch.compile(recorded.graph, fullgraph=True, dynamic=False, options=COMPILER)
        return recorded


def can_record(state: TrainingState, rule: UpdateRule) -> bool:
    """Return whether steps can be recorded, which requires identical operations and excludes RMSprop.

    RMSprop and users' optimizers read their learning rate as a number, which the recording would turn into a
    constant.
    """
    networks, remedies = state.game.networks.values(), state.remedies.values()
    parts_are_steady = all(network.steady for network in networks) and all(remedy.steady for remedy in remedies)
    steady = rule.steady and state.feed.steady and state.game.objective.steady and parts_are_steady
    return steady and not any(isinstance(player.optimizer, RmsProp | OwnOptimizer) for player in state.players.values())


def _adam(
    weights: Sequence[Tensor],
    gradients: Sequence[Tensor],
    means: Sequence[Tensor],
    squares: Sequence[Tensor],
    _: Sequence[Tensor],
    steps: Sequence[Tensor],
    *,
    lr: Tensor,
    beta1: float,
    beta2: float,
    eps: float,
    **_others: Any,
) -> None:
    """Compute torch's fused Adam (Kingma & Ba 2015, Algorithm 1) with operations that the compiler can fuse further."""
    for weight, gradient, mean, square, step in zip(weights, gradients, means, squares, steps, strict=True):
        mean.lerp_(gradient, 1 - beta1)
        square.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        root = (square / (1 - beta2**step)).sqrt()
        weight.sub_(lr / (1 - beta1**step) * mean / (root + eps))


def _thin(left: Tensor, right: Tensor) -> Any:
    """Multiply matrices with fusable operations if a dimension is 1; return NotImplemented for other products."""
    if left.shape[1] == 1:
        return left * right
    if left.shape[0] == 1:
        return (left.T * right).sum(0, keepdim=True)
    if right.shape[1] == 1:
        return (left * right.T).sum(1, keepdim=True)
    return NotImplemented


def _thin_sum(added: Tensor, left: Tensor, right: Tensor, **scaled: Any) -> Any:
    """Add a matrix to a product from `_thin`; return NotImplemented if `_thin` does or factors are given."""
    product = NotImplemented if scaled else _thin(left, right)
    return product if product is NotImplemented else added + product


def _requests(state: TrainingState, rule: UpdateRule) -> list[Request]:
    """Run one step and return its requests for random tensors and batches."""
    requests: list[Request] = []

    def provide(make: MakeTensor, number: int) -> Tensor:
        requests.append((make, number))
        return make(number)

    with state.streams.provided_by(provide):
        rule(state, 0)
    return requests


def _recorded(
    state: TrainingState, rule: UpdateRule, requests: Sequence[Request], parts: Parts
) -> tuple[list[str], GraphModule]:
    """Record a step; return the names of its means and its graph, whose inputs are the requested tensors in order.

    The graph returns the means as one row, the real and generated logits, and the players' gradients.
    """
    from torch.fx.experimental.proxy_tensor import make_fx  # importing this takes a second

    names: list[str] = []

    def body(*given: Tensor) -> list[Tensor]:
        waiting = iter(given)
        with state.streams.provided_by(lambda _make, _number: next(waiting)):
            stepped = rule(state, 0)
        names[:] = sorted(stepped.means)
        row = torch.stack([stepped.means[name] for name in names])
        return [row, stepped.real, stepped.fake, *(one.grad for one in _learning(state) if one.grad is not None)]

    graph = make_fx(body, parts)(*[make(position).clone() for make, position in requests])
    for node in reversed(list(graph.graph.nodes)):
        if _is_for_profilers(node):
            graph.graph.erase_node(node)
    graph.recompile()
    return names, graph


def _learning(state: TrainingState) -> list[Tensor]:
    """Return all parameters that have a gradient from the last step."""
    return [one for player in state.players.values() for one in player.parameters if one.grad is not None]


def _is_for_profilers(node: Node) -> bool:
    return node.op == "call_function" and "profiler" in str(node.target)


@contextmanager
def _restored(state: TrainingState) -> Iterator[None]:
    """Restore the tensors of the training state in place on exit; moments that did not exist before are reset to 0."""
    before = {name: tensor.clone() for name, tensor in state.tensors().items()}
    try:
        yield
    finally:
        with torch.no_grad():
            for name, tensor in state.tensors().items():
                tensor.copy_(before[name]) if name in before else tensor.zero_()
        for player in state.players.values():
            player.optimizer.zero_grad()
