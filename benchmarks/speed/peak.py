"""(c) Measure the fraction of the machine's peak rate that training steps reach."""

from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from benchmarks.speed.contenders import engine_of, ours, waiting
from benchmarks.speed.question import Options, Question, Values, number, table
from benchmarks.speed.timing import Advance, measure_rates, quartiles
from benchmarks.speed.works import WORKS, Work
from ganarium.config.experiment import EngineConfig, Kernels, Precision
from ganarium.core.random_streams import Streams, normal
from ganarium.training.device import arithmetic

WAYS: dict[str, tuple[Kernels, Precision]] = {
    "fp32": ("default", "fp32"),
    "fp32 with oneDNN": ("onednn", "fp32"),
    "bf16": ("default", "bf16"),
}


class Counter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """A counter of floating-point operations that, unlike torch's `FlopCounterMode`, supports gradient penalties."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.operations = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Count the floating-point operations of functions in torch's registry."""
        del types
        made = func(*args, **(kwargs or {}))
        count = flop_registry.get(func.overloadpacket)
        if count is not None:
            self.operations += int(count(*args, **(kwargs or {}), out_val=made))
        return made


def measure(options: Options) -> Values:
    """Measure the rate of a large matrix product, then that of each workload."""
    effort = options.effort
    side = effort.product
    present = {way: multiplying(side, options, way) for way in WAYS if possible(way, options)}
    found = measure_rates(present, effort.pace)
    rates = {way: 2 * side**3 * quartiles(each)[1] / 1e9 for way, each in found.items()}
    return {"side": side, "rates": rates, "works": [reached(work, options) for work in WORKS]}


def possible(way: str, options: Options) -> bool:
    """Return whether the device supports a mode; oneDNN supports CPUs only."""
    return options.device == "cpu" or WAYS[way][0] == "default"


def multiplying(side: int, options: Options, way: str) -> Advance:
    """Return a function that computes n products of two square matrices."""
    a, b = (Streams(0).at(f"benchmark.{name}", normal(side, side), 0).to(options.device) for name in "ab")
    kernels, precision = WAYS[way]
    settings = EngineConfig(device=options.device, threads=options.threads, kernels=kernels, precision=precision)
    if precision == "bf16":
        a, b = a.bfloat16(), b.bfloat16()

    def steps(n: int) -> None:
        with torch.no_grad(), arithmetic(settings):
            for _ in range(n):
                a @ b

    return waiting(steps, options.device)


def reached(work: Work, options: Options) -> dict[str, Any]:
    """Return the operations per step of a workload, and the operations per second of each ganarium contender."""
    counted = operations(work, options)
    found = measure_rates(ours(work, options), options.effort.pace)
    return {
        "name": work.name,
        "gflop": counted / 1e9,
        "gflops": {name: counted * quartiles(each)[1] / 1e9 for name, each in found.items()},
    }


def operations(work: Work, options: Options) -> int:
    """Return the number of operations in matrix products and convolutions of one step, forward and backward."""
    engine = engine_of(work, [*options.words, "engine.compile=no"])  # compiled operations cannot be counted
    counter = Counter()
    with counter:
        engine.advance(1)
    return counter.operations


def lines(values: Values) -> list[str]:
    """Return the peak rates, and a table with a row for each contender of each workload."""
    rates = values["rates"]
    exact = max(rate for way, rate in rates.items() if way != "bf16")
    peaks = ", ".join(f"{way} {number(rate)}" for way, rate in rates.items())
    rows = [
        [work["name"], number(work["gflop"]), name, number(rate), f"{rate / exact:.0%}"]
        for work in values["works"]
        for name, rate in work["gflops"].items()
    ]
    return [
        f"GFLOP/s of a product of {values['side']}×{values['side']} matrices: {peaks}. Operations are the "
        "products and convolutions in one step, as counted by torch's `flop_counter`; the share is relative to the "
        "best exact rate.",
        "",
        *table(["workload", "GFLOP per step", "contender", "GFLOP/s", "share"], rows),
    ]


QUESTION = Question("peak", "Share of the measured peak", measure, lines)
