"""A step as one program: the tensor operations of a match's step, written down once, without the Python around them.

What differs from step to step (batches, latents, masks) is handed to the program; what it changes (weights, moments,
running statistics, memories) it changes in place. Written down, a step is the same bit for bit; compiled, operations
are fused, and sums are rounded in another order.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Self

import torch
from torch import Tensor
from torch.fx import GraphModule, Node
from torch.optim import RMSprop

from ganarium.core.random_streams import Make
from ganarium.training.state import Match
from ganarium.training.step import Stepped, UpdateRule

Parts = Mapping[Any, Callable[..., Any]]
Asked = tuple[Make, int]  # what makes a tensor, and for which of a step's turns


class Program:
    """The steps of a match by its rule, from whichever step it stands at; its operations run one by one.

    parts: what operations are made of, where they are not to be written down whole
    """

    def __init__(self, match: Match, rule: UpdateRule, parts: Parts = MappingProxyType({})) -> None:
        self.match, self.rule = match, rule
        with _unmoved(match):
            self.asked = _asked(match, rule)
            self.learning = _learning(match)
            self.names, self.graph = _written(match, rule, self.asked, parts)
        self.run: Callable[..., Any] = self.graph.forward

    @torch.no_grad()
    def __call__(self, step: int) -> Stepped:
        """Make that step."""
        given = [make(step * self.rule.turns + turn) for make, turn in self.asked]
        row, real, fake, *gradients = self.run(*given)
        for parameter, gradient in zip(self.learning, gradients, strict=True):
            parameter.grad = gradient
        return Stepped(dict(zip(self.names, row.unbind(), strict=True)), real, fake)

    @classmethod
    def compiled(cls, match: Match, rule: UpdateRule) -> Self:
        """With operations fused, which takes a while."""
        aten = torch.ops.aten
        program = cls(
            match, rule, {aten._fused_adam_.tensor_lr: _adam, aten.mm.default: _thin, aten.addmm.default: _thin_sum}
        )
        for node in program.graph.graph.find_nodes(op="call_function", target=aten.view.default):
            node.target = aten.reshape.default  # the compiler lays some tensors out in another way
        program.graph.recompile()
        program.run = torch.compile(program.graph, fullgraph=True, dynamic=False)
        return program


def can_be_written(match: Match, rule: UpdateRule) -> bool:
    """Whether every step does the same; RMSprop reads its rate, which would be written down as a number."""
    steady = rule.steady and all(remedy.steady for remedy in match.remedies.values())
    return steady and not any(isinstance(player.optimizer, RMSprop) for player in match.players.values())


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
    """torch's fused Adam (Kingma & Ba 2015, Algorithm 1), in operations that can be fused with what is around them."""
    for weight, gradient, mean, square, step in zip(weights, gradients, means, squares, steps, strict=True):
        mean.lerp_(gradient, 1 - beta1)
        square.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        root = (square / (1 - beta2**step)).sqrt()
        weight.sub_(lr / (1 - beta1**step) * mean / (root + eps))


def _thin(left: Tensor, right: Tensor) -> Any:
    """A product over one row or column, or to one, in operations that can be fused; any other is left as it is."""
    if left.shape[1] == 1:
        return left * right
    if left.shape[0] == 1:
        return (left.T * right).sum(0, keepdim=True)
    if right.shape[1] == 1:
        return (left * right.T).sum(1, keepdim=True)
    return NotImplemented


def _thin_sum(added: Tensor, left: Tensor, right: Tensor, **scaled: Any) -> Any:
    """The same, added to something."""
    product = NotImplemented if scaled else _thin(left, right)
    return product if product is NotImplemented else added + product


def _asked(match: Match, rule: UpdateRule) -> list[Asked]:
    """What a step asks for, found by making one."""
    asked: list[Asked] = []

    def hand(make: Make, turn: int) -> Tensor:
        asked.append((make, turn))
        return make(turn)

    with match.streams.handed_by(hand):
        rule(match, 0)
    return asked


def _written(match: Match, rule: UpdateRule, asked: Sequence[Asked], parts: Parts) -> tuple[list[str], GraphModule]:
    """The names of what a step measures, and its operations: given what it asks for, in order.

    They answer with what was measured as one row, the real and generated logits, and the players' gradients.
    """
    from torch.fx.experimental.proxy_tensor import make_fx  # which takes a second

    names: list[str] = []

    def body(*given: Tensor) -> list[Tensor]:
        waiting = iter(given)
        with match.streams.handed_by(lambda _make, _turn: next(waiting)):
            stepped = rule(match, 0)
        names[:] = sorted(stepped.means)
        row = torch.stack([stepped.means[name] for name in names])
        return [row, stepped.real, stepped.fake, *(one.grad for one in _learning(match) if one.grad is not None)]

    graph = make_fx(body, parts)(*[make(turn).clone() for make, turn in asked])
    for node in reversed(list(graph.graph.nodes)):
        if _only_for_profilers(node):
            graph.graph.erase_node(node)
    graph.recompile()
    return names, graph


def _learning(match: Match) -> list[Tensor]:
    """All parameters that the last step gave a gradient."""
    return [one for player in match.players.values() for one in player.parameters if one.grad is not None]


def _only_for_profilers(node: Node) -> bool:
    return node.op == "call_function" and "profiler" in str(node.target)


@contextmanager
def _unmoved(match: Match) -> Iterator[None]:
    """Put everything back as it was, in place; moments that were not there yet begin at 0, as optimizers let them."""
    before = {name: tensor.clone() for name, tensor in match.state().items()}
    try:
        yield
    finally:
        with torch.no_grad():
            for name, tensor in match.state().items():
                tensor.copy_(before[name]) if name in before else tensor.zero_()
        for player in match.players.values():
            player.optimizer.zero_grad()
