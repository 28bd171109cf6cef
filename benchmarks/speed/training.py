"""(a, b) The same work by ours, by the plain loop, and by JAX."""

import sys
from contextlib import ExitStack
from typing import Any

from benchmarks.speed import contenders, jax_process
from benchmarks.speed.contenders import OURS, PLAIN, experiment_of
from benchmarks.speed.question import Asked, Question, Values, number, table
from benchmarks.speed.timing import beside, turns
from benchmarks.speed.works import WORKS, Work


def measure(asked: Asked) -> Values:
    """Every work."""
    return {"works": [compared(work, asked) for work in WORKS]}


def compared(work: Work, asked: Asked) -> dict[str, Any]:
    """One work, all contenders in turns."""
    with ExitStack() as stack:
        present = contenders.ours(work, asked) | contenders.plain(work, asked)
        if work.jax and asked.python:
            present |= {
                f"JAX {precision}": stack.enter_context(jax_process.contender(work, asked, precision))
                for precision in jax_process.PRECISIONS
            }
        found = turns(present, asked.effort.pace)
    print(f"{work.name}: {len(found[OURS])} rounds", file=sys.stderr, flush=True)
    return {
        "name": work.name,
        "line": work.line,
        "words": [work.recipe, *work.words],
        "batch": experiment_of(work, asked.words).train.batch,
        "rounds": len(found[OURS]),
        "contenders": beside(found, PLAIN),
        "without_jax": work.jax and not asked.python,
    }


def lines(values: Values) -> list[str]:
    """A row for each contender of each work."""
    rows = [row for work in values["works"] for row in rows_of(work)]
    notes = ["", *(note for work in values["works"] for note in notes_of(work))]
    return [
        "Medians; ratios are to the plain loop in the same round, with quartiles. The plain loop is what tutorials "
        "write: a DataLoader over a TensorDataset, eager float32, `torch.optim.Adam` as it comes, exact double "
        "backward, losses read with `.item()` at every step; it uses one batch of generated pictures for both players, "
        "where our alternating recipes make a second one. JAX is `lax.scan` over the steps of a turn; its convolutions "
        "are `lax.conv_general_dilated`, whose gradients XLA computes slowly on processors.",
        "",
        *table(["work", "batch", "contender", "steps/s", "pictures/s", "times the plain loop"], rows),
        *notes,
    ]


def rows_of(work: Values) -> list[list[str]]:
    """The first row names the work."""
    rows: list[list[str]] = []
    for name, found in work["contenders"].items():
        rate = found["steps_per_second"][1]
        low, middle, high = found["ratio"]
        ratio = "" if name == PLAIN else f"{middle:.2f} ({low:.2f}–{high:.2f})"
        first = [f"{work['name']}: {work['line']}", str(work["batch"])] if not rows else ["", ""]
        rows.append([*first, name, number(rate), number(rate * work["batch"]), ratio])
    return rows


def notes_of(work: Values) -> list[str]:
    """What the commands were, and which precision of JAX is the better one."""
    jax_rates = {name: found["steps_per_second"][1] for name, found in work["contenders"].items() if "JAX" in name}
    told = f"- {work['name']}: `{' '.join(work['words'])}`, rounds: {work['rounds']}"
    if jax_rates:
        best = max(jax_rates, key=lambda name: jax_rates[name])
        ahead = work["contenders"][OURS]["steps_per_second"][1] / jax_rates[best]
        told += f"; {best} is JAX's better precision, {OURS} makes {ahead:.2f} times its steps"
    if work["without_jax"]:
        told += "; no interpreter with JAX was given"
    return [told]


QUESTION = Question("training", "Training", measure, lines)
