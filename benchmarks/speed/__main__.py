"""Speed beside plain loops of the same networks, and what it costs.

scripts/bench [QUESTION…] [--rounds N] [--threads T] [--device D] [--ours WORDS]… [--jax PYTHON] [--brief] [--out DIR]

Each question is a section of results/speed.json; results/speed.md shows what is there. `--ours "a.b=c d=e"` adds one of
our contenders under these settings, `--jax` names an interpreter that has JAX. `--brief` sees in a minute that all of
it works, and writes nothing unless `--out` says where.
"""

import argparse
import shlex
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from benchmarks.speed.effort import BRIEF, FULL
from benchmarks.speed.page import QUESTIONS, circumstances, keep, shown
from benchmarks.speed.question import Asked

RESULTS = Path(__file__).parents[2] / "results"
PLACES = {"--jax": "PYTHON", "--out": "DIR"}  # whose values are this machine's own


def main() -> None:
    """Measure, print, write, one question after the other."""
    options = parsed()
    asked = asked_by(options)
    torch.set_num_threads(asked.threads)
    folder = options.out or (None if options.brief else RESULTS)
    for name in options.questions or QUESTIONS:
        around = circumstances(asked, command(sys.argv[1:]))
        section = {**around, **QUESTIONS[name].measure(asked)}
        print("\n".join(shown(QUESTIONS[name], section)), end="\n\n", flush=True)
        if folder:
            keep(folder, name, section)


def parsed() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", nargs="*", metavar="QUESTION", help=", ".join(QUESTIONS))
    parser.add_argument("--rounds", type=int, help="turns of each contender")
    parser.add_argument("--threads", type=int, default=1, help="for all contenders alike")
    parser.add_argument("--device", default="cpu", help="for all contenders alike")
    parser.add_argument("--ours", action="append", default=[], metavar="WORDS", help="one more contender of ours")
    parser.add_argument("--jax", metavar="PYTHON", help="an interpreter that has JAX")
    parser.add_argument("--brief", action="store_true", help="see that it works")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where to write, results by default")
    options = parser.parse_args()
    unknown = [name for name in options.questions if name not in QUESTIONS]
    if unknown:
        parser.error(f"no question {unknown[0]!r}; there are: {', '.join(QUESTIONS)}")
    return options


def asked_by(options: argparse.Namespace) -> Asked:
    """What the options ask for."""
    effort = BRIEF if options.brief else FULL
    pace = replace(effort.pace, rounds=options.rounds or effort.pace.rounds)
    return Asked(
        effort=replace(effort, pace=pace),
        threads=options.threads,
        device=options.device,
        ours=tuple(tuple(shlex.split(words)) for words in options.ours),
        python=options.jax,
    )


def command(words: Sequence[str]) -> str:
    """As it is typed, without this machine's places."""
    return shlex.join(["scripts/bench", *placeless(words)])


def placeless(words: Sequence[str]) -> Iterable[str]:
    """Words with the value after `--jax` and `--out` named instead of told."""
    before = ""
    for word in words:
        option = word.partition("=")[0]
        yield (
            PLACES[before]
            if before in PLACES
            else f"{option}={PLACES[option]}"
            if "=" in word and option in PLACES
            else word
        )
        before = word


if __name__ == "__main__":
    main()
