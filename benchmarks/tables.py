"""Markdown tables and pictures of the studies in results/studies."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from ganarium.data.batches import to_bytes
from ganarium.plotting.images import grid, png
from ganarium.runs.directory import EXPERIMENT, Run
from ganarium.studies.compare import Comparison, ScoreComparison, compare
from ganarium.studies.study import Study, StudyFolder, read_study, runs_of
from ganarium.training.grids import picture_of_samples
from ganarium.training.loop import data_of
from ganarium.training.sampler import load

STUDIES = Path(__file__).parent / "studies"
CELLS = Path(__file__).parents[1] / "results" / "studies"
SHOWN, ZOOM = 10, 56  # images per variant, and their side in pixels
CLOUD = 160  # side of an image of points


@dataclass(frozen=True)
class StudyResults:
    """A study and the results of its completed runs.

    columns: names of the displayed scores, and factors by which these are multiplied
    cells: the JSON results of each completed run, by variant
    """

    name: str
    study: Study
    columns: Mapping[str, float]
    table: Comparison
    cells: Mapping[str, list[dict[str, Any]]]

    @classmethod
    def of(cls, name: str, columns: Mapping[str, float]) -> "StudyResults | None":
        """Return the results of a study by name; None if none of its runs is complete."""
        study, home = read_study(STUDIES / f"{name}.toml"), StudyFolder(CELLS / name)
        done = [cell for cell in runs_of(study) if home.result_path(cell).exists()]
        trained = [found for found in map(home.scored_run, done) if found]
        if not trained:
            return None
        cells: dict[str, list[dict[str, Any]]] = {}
        for cell in done:
            cells.setdefault(cell.variant, []).append(json.loads(home.result_path(cell).read_text()))
        return cls(name, study, columns, compare(trained), cells)

    @property
    def home(self) -> Path:
        """Return the folder of the study's results."""
        return CELLS / self.name

    def rows(self) -> Iterator[tuple[str, str]]:
        """Yield each variant with its Markdown table row: seeds, and mean ± 95 % [worst seed] of each column."""
        rows = {row.name: row for row in self.table.rows}
        for group, seeds in self.table.groups.items():
            values = [_cell(rows[name].entries[group], times) for name, times in self.columns.items()]
            yield group, f"{len(seeds)} | {' | '.join(values)}"

    def verdicts(self) -> Iterator[str]:
        """Yield the verdicts on each variant compared with the first, with paired seeds."""
        first, *others = self.table.groups
        for group in others:
            found = [f"{name}: {self.verdict(name, group)}" for name in self.columns]
            yield f"{group} compared with {first}: {'; '.join(found)}.  "

    def verdict(self, name: str, group: str) -> str:
        """Return the verdict on one score of one variant, compared with the first variant."""
        (row,) = (row for row in self.table.rows if row.name == name)
        entry = row.entries[group]
        return entry.verdict


def _cell(entry: ScoreComparison, times: float) -> str:
    margin = "" if entry.margin is None else f" ± {times * entry.margin:.2g}"
    return f"{times * entry.mean:.3g}{margin} [{times * entry.worst:.3g}]"


def picture_of(group: str) -> Path:
    """Return the path of a variant's image, relative to the study's folder."""
    name = re.sub(r"[^\w.=,+-]+", "-", group)
    return Path("pictures", f"{name}.png")


def shown_of(studied: StudyResults, group: str) -> str:
    """Return the Markdown for a variant's image; an empty string if there is none."""
    picture = picture_of(group)
    return f"![{group}](studies/{studied.name}/{picture})" if (studied.home / picture).exists() else ""


def take_pictures(studied: StudyResults) -> None:
    """Write a row of images or a scatter plot for each variant's first seed, if the run still exists."""
    home = StudyFolder(studied.home)
    for cell in runs_of(studied.study):
        run, path = home.run_path(cell), studied.home / picture_of(cell.variant)
        if cell.experiment.seed == studied.study.seeds[0] and (run / EXPERIMENT).is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png(_shown(Run.open(run))))


def _shown(run: Run) -> Image.Image:
    sampler = load(run)
    if len(sampler.shape) == 1:
        return picture_of_samples(sampler, data_of(run)).resize((CLOUD, CLOUD))
    return grid(to_bytes(sampler.sample(SHOWN, seed=0)).numpy(), columns=SHOWN, smallest_side=ZOOM)
