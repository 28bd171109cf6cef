"""(a, b) Measure the training speed of ganarium, the plain loop and JAX on the same workloads."""

import sys
from contextlib import ExitStack
from typing import Any

from benchmarks.speed import contenders, jax_process
from benchmarks.speed.contenders import OURS, PLAIN, experiment_of
from benchmarks.speed.question import Options, Question, Values, number, table
from benchmarks.speed.timing import measure_rates, relative_to
from benchmarks.speed.works import WORKS, Work


def measure(options: Options) -> Values:
    """Measure the training speed on every workload."""
    return {"works": [compared(work, options) for work in WORKS]}


def compared(work: Work, options: Options) -> dict[str, Any]:
    """Measure all contenders on one workload, in alternating rounds."""
    with ExitStack() as stack:
        present = contenders.ours(work, options) | contenders.plain(work, options)
        if work.jax and options.python:
            present |= {
                f"JAX {precision}": stack.enter_context(jax_process.contender(work, options, precision))
                for precision in jax_process.PRECISIONS
            }
        found = measure_rates(present, options.effort.pace)
    print(f"{work.name}: {len(found[OURS])} rounds", file=sys.stderr, flush=True)
    return {
        "name": work.name,
        "line": work.line,
        "words": [work.recipe, *work.words],
        "batch": experiment_of(work, options.words).train.batch,
        "rounds": len(found[OURS]),
        "contenders": relative_to(found, PLAIN),
        "without_jax": work.jax and not options.python,
    }


def lines(values: Values) -> list[str]:
    """Return a table with a row for each contender of each workload."""
    rows = [row for work in values["works"] for row in rows_of(work)]
    notes = ["", *(note for work in values["works"] for note in notes_of(work))]
    return [
        "Medians; ratios to the plain loop in the same round, with quartiles. The plain loop is written as in "
        "tutorials: a DataLoader over a TensorDataset, eager float32, `torch.optim.Adam` with its defaults, exact "
        "double backward, losses read with `.item()` at every step. It uses one batch of generated images for both "
        "players, while our alternating recipes generate a second one. JAX uses `lax.scan` over the steps of a round; "
        "its convolutions are `lax.conv_general_dilated`, whose gradients XLA computes slowly on processors.",
        "",
        *table(["workload", "batch", "contender", "steps/s", "images/s", "ratio to the plain loop"], rows),
        *notes,
    ]


def rows_of(work: Values) -> list[list[str]]:
    """Return the table rows of one workload; only the first row contains the workload's name."""
    rows: list[list[str]] = []
    for name, found in work["contenders"].items():
        rate = found["steps_per_second"][1]
        low, middle, high = found["ratio"]
        ratio = "" if name == PLAIN else f"{middle:.2f} ({low:.2f}–{high:.2f})"
        first = [f"{work['name']}: {work['line']}", str(work["batch"])] if not rows else ["", ""]
        rows.append([*first, name, number(rate), number(rate * work["batch"]), ratio])
    return rows


def notes_of(work: Values) -> list[str]:
    """Return the settings of a workload, and the faster precision of JAX."""
    jax_rates = {name: found["steps_per_second"][1] for name, found in work["contenders"].items() if "JAX" in name}
    note = f"- {work['name']}: `{' '.join(work['words'])}`, rounds: {work['rounds']}"
    if jax_rates:
        best = max(jax_rates, key=lambda name: jax_rates[name])
        ahead = work["contenders"][OURS]["steps_per_second"][1] / jax_rates[best]
        note += f"; {best} is the faster precision of JAX, {OURS} makes {ahead:.2f} times its steps"
    if work["without_jax"]:
        note += "; no interpreter with JAX was given"
    return [note]


QUESTION = Question("training", "Training", measure, lines)
