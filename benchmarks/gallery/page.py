"""The page results/gallery.md: the picture, marks, time and command of each entry."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.gallery.cells import Cell, Folders, experiment_of, read_cell
from benchmarks.gallery.entries import RACE, Entry, Mark, Threshold, times_floor
from benchmarks.gallery.weights import about_weights
from ganarium.core.escape import listed
from ganarium.core.html import rounded
from ganarium.evaluation.score import Score
from ganarium.recipes import RECIPES

HEAD = (
    "# Gallery",
    "",
    "Each recipe with its own settings, or with those that are named, trained with the given seeds and scored on the "
    "test split. Values are those of the worst seed for each score, with the 95 % interval due to the choice of "
    "samples; the floor is the value of real data. The pictures are not chosen: they show the first samples of seed 0 "
    "of the latents, from the training with the worst value of the first score. The time is that of the slowest "
    "training. Processor time hardly depends on other programs; the budget is in seconds of the given number of cores.",
    "",
    "`python -m benchmarks.gallery` makes everything on this page again and skips what is there; an entry alone: "
    "`python -m benchmarks.gallery NAME --seeds 0 1`.",
)


@dataclass(frozen=True)
class Shown:
    """An entry with its cells, at least one, in the order of their seeds."""

    name: str
    entry: Entry
    cells: Sequence[Cell]

    @property
    def worst(self) -> Cell:
        """Return the cell that misses its first mark by the most."""
        if not self.entry.marks:
            return self.cells[0]
        return max(self.cells, key=lambda cell: shortfall(self.entry.marks[0], cell))

    def worst_score(self, mark: Mark) -> Score | None:
        """Return a mark's score of the seed for which it is worst; None if a cell lacks the score."""
        found: list[Score | None] = [cell.scores.get(mark.score) for cell in self.cells]
        known = [score for score in found if score is not None]
        return max(known, key=mark.must.shortfall) if len(known) == len(found) else None


def shortfall(mark: Mark, cell: Cell) -> float:
    """Return by how much a cell misses a mark; infinite if it lacks the score, for example without a valid image."""
    score = cell.scores.get(mark.score)
    return float("inf") if score is None else mark.must.shortfall(score)


def shown_entries(entries: Mapping[str, Entry], folders: Folders) -> dict[str, Shown]:
    """Return the entries that have cells with the current settings of their recipes."""
    found = {}
    for name, entry in entries.items():
        if entry.recipe in RECIPES:
            cells = [read_cell(path, experiment_of(entry, seed)) for seed, path in folders.cells(name)]
            if current := [cell for cell in cells if cell]:
                found[name] = Shown(name, entry, current)
    return found


def page(entries: Mapping[str, Entry], folders: Folders) -> Iterator[str]:
    """Yield the lines of the page."""
    shown = shown_entries(entries, folders)
    yield from HEAD
    if shown:
        yield from ("", "| recipe | seeds | required | desired |", "| --- " * 4 + "|")
    for one in shown.values():
        columns = [f"[`{one.name}`](#{one.name})", f"{len(one.cells)}", *summary(one)]
        yield f"| {' | '.join(columns)} |"
    if missing := [f"`{name}`" for name in entries if name not in shown]:
        yield from ("", f"Not trained with the current settings: {listed(missing, len(missing))}.")
    for one in shown.values():
        yield from section(one, folders)
    yield from race(folders.results / "race.json")


def race(path: Path) -> Iterator[str]:
    """Yield the lines about the race in a file that `benchmarks.race` wrote, if it exists."""
    if not path.exists():
        return
    values = json.loads(path.read_text())
    races = values["races"]
    slowest = max(races, key=lambda each: each["seconds"])
    score = Score(RACE.score, slowest["seconds"], None, 0, "")
    told = f"{verdict(RACE.must, score)}; {verdict(RACE.aim, score)}" if RACE.aim else verdict(RACE.must, score)
    unfinished = [f"{each['seed']}" for each in races if not each["reached"]]
    yield from ("", f"## {values['recipe']}, the race", "")
    yield (
        "Seconds of a whole process until the Fréchet distance to the validation split is at most "
        f"{values['times']:g} × its floor: {', '.join(str(round(each['seconds'])) for each in races)}.  "
    )
    yield f"Not reached: seeds {listed(unfinished, len(unfinished))}.  " if unfinished else f"{told}.  "
    yield f"{slowest['machine']}.  "
    yield f"`{' '.join(['python -m benchmarks.race --recipe', values['recipe'], *values['words']])}`"


def summary(one: Shown) -> tuple[str, str]:
    """Return how many of the required and of the desired values are reached."""
    if not one.entry.marks:
        return "", ""
    scores = [(mark, one.worst_score(mark)) for mark in one.entry.marks]
    reached = sum(score is not None and mark.must.shortfall(score) <= 0 for mark, score in scores)
    aims = [(mark.aim, score) for mark, score in scores if mark.aim]
    further = sum(score is not None and aim.shortfall(score) <= 0 for aim, score in aims)
    return f"{reached} of {len(scores)}", f"{further} of {len(aims)}" if aims else ""


def section(one: Shown, folders: Folders) -> Iterator[str]:
    """Yield the lines about one entry."""
    worst, entry = one.worst, one.entry
    picture = folders.picture(one.name, worst.seed)
    what = "translations" if worst.scores.get("iou-there") else "samples"
    yield from ("", f"## {one.name}", "", f"![{what}, seed {worst.seed}]({picture.parent.name}/{picture.name})", "")
    if entry.marks:
        yield from ("| score | worst of the seeds | floor | required | desired |", "| --- " * 5 + "|")
        yield from (row(mark, one.worst_score(mark)) for mark in entry.marks)
        yield ""
    if entry.by_eye:
        yield f"Judged by eye: {entry.by_eye}.  "
    if entry.note:
        yield f"{entry.note}  "
    yield f"{times(one)}  "
    yield f"Seeds {', '.join(str(cell.seed) for cell in one.cells)}; {worst.values['machine']}, {engine(worst)}.  "
    if kept := about_weights(folders.weights(one.name), {cell.values["key"] for cell in one.cells}):
        yield f"{kept}  "
    yield f"`{worst.values['command']}`"


def row(mark: Mark, score: Score | None) -> str:
    """Return a table row with a mark and the score of its worst seed."""
    if score is None:
        return f"| {mark.score} | undefined: too few valid samples | | {mark.must}: missed | |"
    margin = "" if score.margin is None else f" ± {rounded(score.margin)}"
    ratio = f" = {times_floor(score):.3g} × floor" if mark.must.kind == "times-floor" else ""
    columns = [
        score.name,
        f"{rounded(score.value)}{margin}{ratio}",
        rounded(score.floor),
        verdict(mark.must, score),
        verdict(mark.aim, score) if mark.aim else "",
    ]
    return f"| {' | '.join(columns)} |"


def verdict(threshold: Threshold, score: Score) -> str:
    """Return a threshold, and whether a score reaches it or by how much the score misses it."""
    missed = threshold.shortfall(score)
    unit = " × floor" if threshold.kind == "times-floor" else ""
    return f"{threshold}: {'reached' if missed <= 0 else f'missed by {missed:.2g}{unit}'}"


def times(one: Shown) -> str:
    """Return the longest time of a training compared with the budget."""
    budget = one.entry.seconds * one.entry.cores
    wall = max(cell.values["seconds"] for cell in one.cells)
    steps = ", ".join(f"{steps:,}" for steps in sorted({cell.values["steps"] for cell in one.cells}))
    known = [cell.values["processor_seconds"] for cell in one.cells if cell.values["processor_seconds"] is not None]
    spent = max(known) if len(known) == len(one.cells) else None
    processor = "processor time unknown" if spent is None else f"{spent:,.0f} s of processor time"
    verdict = "" if spent is None else ", kept" if spent <= budget else f", exceeded by {spent - budget:,.0f} s"
    cores = f"{one.entry.cores} core{'s' if one.entry.cores > 1 else ''}"
    return f"{steps} steps in {wall:,.0f} s, {processor}; budget {one.entry.seconds:,.0f} s of {cores}{verdict}."


def engine(cell: Cell) -> str:
    """Return how the steps of a cell were computed."""
    used = cell.values["engine"]
    return (
        f"{used['device']}, {used['threads']} thread(s), kernels {used['kernels']}, {used['precision']}, "
        f"compile {used['compile']}, torch {cell.values['torch']}"
    )


def write_page(entries: Mapping[str, Entry], folders: Folders) -> None:
    """Write the page."""
    folders.page.write_text("\n".join(page(entries, folders)) + "\n")
