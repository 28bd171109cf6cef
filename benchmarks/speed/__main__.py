"""Measure speed and memory, compared with plain training loops of the same networks.

scripts/bench [QUESTION…] [--rounds N] [--threads T] [--device D] [--ours WORDS]… [--jax PYTHON] [--brief] [--out DIR]

Each question is a section of results/speed.json; results/speed.md shows all sections. `--ours "a.b=c d=e"` adds
ganarium with these settings as a contender; `--jax` names a Python interpreter with JAX. `--brief` checks within a
minute that everything works, and writes nothing unless `--out` gives a folder.
"""

import argparse
import shlex
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from benchmarks.speed.effort import BRIEF, FULL
from benchmarks.speed.page import QUESTIONS, circumstances, shown, write_section
from benchmarks.speed.question import Options

RESULTS = Path(__file__).parents[2] / "results"
PLACES = {"--jax": "PYTHON", "--out": "DIR"}  # arguments whose values are specific to this machine


def main() -> None:
    """Measure, print and write the result of each question in turn."""
    arguments = parsed()
    options = options_of(arguments)
    torch.set_num_threads(options.threads)
    folder = arguments.out or (None if arguments.brief else RESULTS)
    for name in arguments.questions or QUESTIONS:
        around = circumstances(options, command(sys.argv[1:]))
        section = {**around, **QUESTIONS[name].measure(options)}
        print("\n".join(shown(QUESTIONS[name], section)), end="\n\n", flush=True)
        if folder:
            write_section(folder, name, section)


def parsed() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", nargs="*", metavar="QUESTION", help=", ".join(QUESTIONS))
    parser.add_argument("--rounds", type=int, help="number of rounds per contender")
    parser.add_argument("--threads", type=int, default=1, help="number of threads for all contenders")
    parser.add_argument("--device", default="cpu", help="device for all contenders")
    parser.add_argument(
        "--ours", action="append", default=[], metavar="WORDS", help="settings of ganarium as an additional contender"
    )
    parser.add_argument("--jax", metavar="PYTHON", help="Python interpreter with JAX installed")
    parser.add_argument("--brief", action="store_true", help="only check that everything works")
    parser.add_argument("--out", type=Path, metavar="DIR", help="output folder (default: results)")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.questions if name not in QUESTIONS]
    if unknown:
        parser.error(f"unknown question {unknown[0]!r}; available: {', '.join(QUESTIONS)}")
    return arguments


def options_of(arguments: argparse.Namespace) -> Options:
    """Return the parsed arguments as `Options`."""
    effort = BRIEF if arguments.brief else FULL
    pace = replace(effort.pace, rounds=arguments.rounds or effort.pace.rounds)
    return Options(
        effort=replace(effort, pace=pace),
        threads=arguments.threads,
        device=arguments.device,
        ours=tuple(tuple(shlex.split(words)) for words in arguments.ours),
        python=arguments.jax,
    )


def command(words: Sequence[str]) -> str:
    """Return the command line as typed, without machine-specific paths."""
    return shlex.join(["scripts/bench", *placeless(words)])


def placeless(words: Sequence[str]) -> Iterable[str]:
    """Yield the words, with the values of `--jax` and `--out` replaced by placeholders."""
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
