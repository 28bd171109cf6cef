"""(c) How much of the machine's rate our steps reach."""

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from benchmarks.speed.contenders import engine_of, ours, waiting
from benchmarks.speed.question import Asked, Question, Values, number, table
from benchmarks.speed.timing import Advance, quartiles, turns
from benchmarks.speed.works import WORKS, Work
from ganarium.config.experiment import EngineConfig, Kernels, Precision
from ganarium.core.random_streams import Streams, normal
from ganarium.training.device import arithmetic

WAYS: dict[str, tuple[Kernels, Precision]] = {
    "fp32": ("default", "fp32"),
    "fp32 by oneDNN": ("onednn", "fp32"),
    "bf16": ("default", "bf16"),
}


class Counter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts operations as torch's own `FlopCounterMode` does, which fails at the first gradient of a penalty."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.operations = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Count what is known to the registry."""
        del types
        made = func(*args, **(kwargs or {}))
        count = flop_registry.get(func.overloadpacket)
        if count is not None:
            self.operations += int(count(*args, **(kwargs or {}), out_val=made))
        return made


def measure(asked: Asked) -> Values:
    """Rates of one large product, then what each work reaches."""
    effort = asked.effort
    side = effort.product
    present = {way: multiplying(side, asked, way) for way in WAYS if possible(way, asked)}
    found = turns(present, effort.pace)
    rates = {way: 2 * side**3 * quartiles(each)[1] / 1e9 for way, each in found.items()}
    return {"side": side, "rates": rates, "works": [reached(work, asked) for work in WORKS]}


def possible(way: str, asked: Asked) -> bool:
    """oneDNN is the processor's."""
    return asked.device == "cpu" or WAYS[way][0] == "default"


def multiplying(side: int, asked: Asked, way: str) -> Advance:
    """n products of two square matrices."""
    a, b = (Streams(0).at(f"benchmark.{name}", normal(side, side), 0).to(asked.device) for name in "ab")
    kernels, precision = WAYS[way]
    settings = EngineConfig(device=asked.device, threads=asked.threads, kernels=kernels, precision=precision)
    if precision == "bf16":
        a, b = a.bfloat16(), b.bfloat16()

    def steps(n: int) -> None:
        with torch.no_grad(), arithmetic(settings):
            for _ in range(n):
                a @ b

    return waiting(steps, asked.device)


def reached(work: Work, asked: Asked) -> dict[str, Any]:
    """Operations of one step, counted, and those that our contenders make in a second."""
    counted = operations(work, asked)
    found = turns(ours(work, asked), asked.effort.pace)
    return {
        "name": work.name,
        "gflop": counted / 1e9,
        "gflops": {name: counted * quartiles(each)[1] / 1e9 for name, each in found.items()},
    }


def operations(work: Work, asked: Asked) -> int:
    """Of products and convolutions in a step of ours, forward and backward."""
    engine = engine_of(work, [*asked.words, "engine.compile=no"])  # what is compiled cannot be counted
    counter = Counter()
    with counter:
        engine.advance(1)
    return counter.operations


def lines(values: Values) -> list[str]:
    """The peak, and a row for each contender of each work."""
    rates = values["rates"]
    exact = max(rate for way, rate in rates.items() if way != "bf16")
    peaks = ", ".join(f"{way} {number(rate)}" for way, rate in rates.items())
    rows = [
        [work["name"], number(work["gflop"]), name, number(rate), f"{rate / exact:.0%}"]
        for work in values["works"]
        for name, rate in work["gflops"].items()
    ]
    return [
        f"GFLOP/s of a product of {values['side']}×{values['side']} matrices: {peaks}. Operations are those of "
        "products and convolutions in one step, as torch's `flop_counter` counts them; the share is of the best "
        "exact rate.",
        "",
        *table(["work", "GFLOP a step", "contender", "GFLOP/s", "share"], rows),
    ]


QUESTION = Question("peak", "Share of the measured peak", measure, lines)
