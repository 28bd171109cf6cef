"""Train the recipes of the gallery and write results/gallery.md.

python -m benchmarks.gallery [NAME…] [engine.threads=1 …] [--seeds 0 1] [--page]

Trains every missing cell, an entry with one seed, and writes results/gallery/NAME-seedN.json, a picture, and the
weights of the best seed in results/weights. Existing cells are skipped, unless the settings of their recipe have
changed; an interrupted training is continued from runs/gallery. With --page, only the page is written.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence

from benchmarks.gallery.cells import Cell, Folders, experiment_of, read_cell, train_cell
from benchmarks.gallery.entries import ENTRIES, Entry
from benchmarks.gallery.page import shortfall, shown_entries, write_page
from benchmarks.gallery.weights import write_weights
from ganarium.core.errors import GanariumError
from ganarium.recipes import find_recipe
from ganarium.runs.directory import Run

ENGINE = "engine."
STOPPED = 130  # exit status after Ctrl-C


def main() -> int:
    """Train what is missing; return 0 if everything is there, 1 if a cell could not be trained, 130 if interrupted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"entries, all by default: {', '.join(ENTRIES)}")
    parser.add_argument("--seeds", type=int, nargs="+", help="by default those of the entry")
    parser.add_argument("--page", action="store_true", help="only write the page")
    options = parser.parse_intermixed_args()
    engine = [word for word in options.names if word.startswith(ENGINE)]
    names = [word for word in options.names if word not in engine] or list(ENTRIES)
    if unknown := [name for name in names if name not in ENTRIES]:
        parser.error(f"unknown entry {unknown[0]!r}; entries: {', '.join(ENTRIES)}; other settings: only {ENGINE}…")
    folders = Folders()
    failed: list[str] = []
    try:
        if not options.page:
            failed = train({name: ENTRIES[name] for name in names}, options.seeds, engine, folders)
        write_page(ENTRIES, folders)
    except GanariumError as error:
        failed.append(str(error))
    except KeyboardInterrupt:
        print("stopped; the same command goes on", file=sys.stderr)
        return STOPPED
    for line in failed:
        print(line, file=sys.stderr)
    return bool(failed)


def train(
    entries: Mapping[str, Entry], seeds: Sequence[int] | None, engine: Sequence[str], folders: Folders
) -> list[str]:
    """Train the missing cells of the entries; return a line for each cell that could not be trained."""
    planned = [(name, entry, seed) for name, entry in entries.items() for seed in seeds or entry.seeds]
    failed = []
    for number, (name, entry, seed) in enumerate(planned, 1):
        print(f"{name}, seed {seed} ({number} of {len(planned)})", file=sys.stderr, flush=True)
        try:
            find_recipe(entry.recipe)
            if read_cell(folders.cell(name, seed), experiment_of(entry, seed)):
                continue
            cell, run = train_cell(name, entry, seed, engine, folders)
            if entry.keep:
                keep_best(name, entry, cell, run, folders)
            write_page(ENTRIES, folders)
        except GanariumError as error:
            failed.append(f"{name}, seed {seed}: {error}")
    return failed


def keep_best(name: str, entry: Entry, cell: Cell, run: Run, folders: Folders) -> None:
    """Write the weights of a cell that has just been trained, if no other cell of its entry is better."""
    others = shown_entries({name: entry}, folders)[name].cells
    if shortfall(entry.marks[0], cell) <= min(shortfall(entry.marks[0], other) for other in others):
        about = {"entry": name, "seed": str(cell.seed), "key": cell.values["key"]}
        kept = write_weights(run, folders.weights(name), cell.scores, entry.n, about)
        print(f"{name}: weights of seed {cell.seed}: {kept}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
