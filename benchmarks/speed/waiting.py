"""Compare waiting policies of OpenMP threads by steps per second, on an idle machine and next to a busy process.

Each policy needs its own process, since OpenMP reads the policy only at start; the processes run alternately.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from time import perf_counter

from benchmarks.speed.contenders import engine_of
from benchmarks.speed.question import Options, Question, Values, number, table
from benchmarks.speed.timing import FEWEST, Advance, quartiles, seconds, steps_for
from benchmarks.speed.works import S2_A
from ganarium.core.openmp import POLICIES, spins
from ganarium.training.device import threads, usable_cores

LIBGOMPS_OWN = "300000"  # libgomp's default number of iterations
ONE = "one thread"
SPINNING = "while True: pass"
WARMING = 20  # warm-up steps


def policies() -> Mapping[str, Mapping[str, str]]:
    """Return the environment variables of each policy."""
    counts = dict.fromkeys(("1000", "3000", "10000", "30000", "100000", "200000"))
    return {
        ONE: {},
        "libgomp's default": {"GOMP_SPINCOUNT": LIBGOMPS_OWN},
        **{f"GOMP_SPINCOUNT={count}": {"GOMP_SPINCOUNT": count} for count in counts},
        "OMP_WAIT_POLICY=PASSIVE": {"OMP_WAIT_POLICY": "PASSIVE"},
    }


def measure(options: Options) -> Values:
    """Measure the steps per second of each policy, in alternating rounds."""
    cores = usable_cores()
    found: dict[str, dict[str, list[float]]] = {name: {"quiet": [], "busy": []} for name in policies()}
    with ExitStack() as stack:
        contenders = {
            name: stack.enter_context(trainer(1 if name == ONE else cores, policy, options))
            for name, policy in policies().items()
        }
        steps = {name: steps_for(advance, options.effort.pace.round_seconds) for name, advance in contenders.items()}
        start = perf_counter()
        for done in range(options.effort.pace.rounds):
            if done >= FEWEST and perf_counter() - start > options.effort.pace.patience:
                break
            for when in ("quiet", "busy"):
                with busy_process() if when == "busy" else ExitStack():
                    for name, advance in contenders.items():
                        found[name][when].append(steps[name] / seconds(partial(advance, steps[name])))
    rates = {name: {when: quartiles(each) for when, each in of.items()} for name, of in found.items()}
    return {"work": [S2_A.recipe, *S2_A.words], "threads": cores, "rounds": done, "policies": rates}


@contextmanager
def trainer(count: int, policy: Mapping[str, str], options: Options) -> Iterator[Advance]:
    """Yield a function that runs steps in a separate process, which ends on exit."""
    environment = {name: value for name, value in os.environ.items() if name not in (*POLICIES, "OMP_NUM_THREADS")}
    words = (
        f"engine.device={options.device}",
        f"engine.threads={count}",
        "engine.kernels=default",
        "engine.compile=no",
    )
    command = [sys.executable, "-m", "benchmarks.speed.waiting", *words, *options.effort.words]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment | dict(policy)
    ) as process:
        told, answers = process.stdin, process.stdout
        assert told is not None
        assert answers is not None

        def advance(n: int) -> None:
            print(n, file=told, flush=True)
            if not answers.readline():
                raise RuntimeError("the training process ended early; see its error output above")

        try:
            advance(WARMING)
            yield advance
        finally:
            process.kill()


@contextmanager
def busy_process() -> Iterator[None]:
    """Keep one core busy with another process within the context."""
    with subprocess.Popen([sys.executable, "-c", SPINNING]) as process:
        try:
            yield
        finally:
            process.kill()


def serve(*words: str) -> None:
    """Run the number of steps in each line of stdin, and print a line when these are complete."""
    engine = engine_of(S2_A, words)
    for line in sys.stdin:
        with threads(engine.experiment.engine.threads):
            engine.advance(int(line))
        print("done", flush=True)


def lines(values: Values) -> list[str]:
    """Return a table with a row for each policy."""
    rates = values["policies"]
    best = max(of["quiet"][1] for of in rates.values())
    one = rates[ONE]["busy"][1]
    rows = [
        [
            f"{name}" + (" (ganarium's)" if name == f"GOMP_SPINCOUNT={spins()}" else ""),
            *(f"{number(middle)} ({number(low)}–{number(high)})" for low, middle, high in (of["quiet"], of["busy"])),
            f"{of['quiet'][1] / best:.2f}",
            f"{of['busy'][1] / one:.2f}",
        ]
        for name, of in rates.items()
    ]
    return [
        f"Steps per second of `{' '.join(values['work'])}` with {values['threads']} threads, medians and quartiles, on "
        "a quiet machine and next to one process that never waits (busy). A policy determines how long a thread "
        "without work spins before it sleeps.",
        "",
        *table(
            [
                "policy",
                "quiet",
                "next to a busy process",
                "quiet, relative to the best",
                "busy, relative to one thread",
            ],
            rows,
        ),
    ]


QUESTION = Question("waiting", "Waiting policies of threads", measure, lines)

if __name__ == "__main__":
    serve(*sys.argv[1:])
