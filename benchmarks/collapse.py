"""Collapse, measured and cured: the two networks of S2, ring and grid, each under one remedy after the other.

ganarium study benchmarks/studies/collapse-a.toml --out results/studies/collapse-a
python -m benchmarks.collapse [--pictures]

The studies are those of benchmarks/studies/collapse-*.toml; they train (hours). This writes results/collapse.md of the
cells that are there; with --pictures also what each treatment made with its first seed, while its run is there.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image

from benchmarks import earlier
from benchmarks.tables import Studied
from ganarium.data.batches import to_bytes
from ganarium.diagnosis.rules import RULES
from ganarium.plotting.pictures import grid, png
from ganarium.runs.directory import Run
from ganarium.runs.finding_names import current_finding
from ganarium.studies.compare import NO_DIFFERENCE
from ganarium.studies.study import StudyFolder, runs_of
from ganarium.training.grids import picture_of_samples
from ganarium.training.loop import data_of
from ganarium.training.sampler import load

RESULTS = Path(__file__).parents[1] / "results"
SHOWN, ZOOM = 10, 56  # pictures of a treatment, and their side
CLOUD = 160  # side of a picture of points
PRINTED = {"a": ("S2-A", 2.7080, 0.4489), "b": ("S2-B", 3.8933, 0.2038)}  # G loss, D loss: source_systems, S2


@dataclass(frozen=True)
class Scores:
    """What treatments are judged by: `columns` as in `Studied`, and what these are called."""

    columns: Mapping[str, float]
    heads: tuple[str, ...]


DIGITS = Scores(
    {
        "missing-classes/mnist-a4c2b1da": 1.0,
        "class-kl/mnist-a4c2b1da": 1.0,
        "frechet/mnist-a4c2b1da": 1.0,
        "frechet/random-conv-31bbe6bf": 1.0,
    },
    ("classes missing", "class KL", "Fréchet", "Fréchet by random features"),
)
POINTS = Scores(
    {"modes/law": 1.0, "high-quality/law": 100.0, "sliced/law": 1.0},
    ("modes", "high quality %", "sliced distance"),
)
STUDIES = {"a": ("S2-A", DIGITS), "b": ("S2-B", DIGITS), "ring": ("ring", POINTS), "grid": ("grid", POINTS)}


def page() -> Iterator[str]:
    """All that is known so far."""
    found = {which: Studied.of(f"collapse-{which}", scores.columns) for which, (_, scores) in STUDIES.items()}
    studies = {which: studied for which, studied in found.items() if studied}
    yield from (
        "# Collapse, measured and cured",
        "",
        "S2 saw its two GANs collapse, named six remedies and tried none. Here they are tried, with five later ones; "
        "its sixth, balance between the players, in two ways. S2-A is `dense-digits`, both players dense, S2-B "
        "`dense-conv-digits`, with a convolution in the discriminator; ring and grid are points, by PacGAN's networks.",
        "",
    )
    yield from reading(studies)
    yield from (
        "",
        "Mean ± 95 % over seeds by Student's t, which is wide where there are few [worst seed]. Beside plain: in which "
        "scores it is better or worse, seeds paired.",
        "Cost: processor time of a step, in times plain's. A class is missing below a tenth of its share; random "
        "features see noise that a classifier does not. Pictures are of the first seed.",
        "",
        "## As the source ran them",
        "",
        "40,001 steps; losses are means over the last 100 steps, where the source prints those of one batch.",
        "",
        "| network | seed | G loss, D loss | printed | classes missing | class KL | Fréchet | "
        "Fréchet by random features | pictures of each digit, 0 to 9 | "
        "the doctor says | samples |",
        "| --- " * 11 + "|",
    )
    for which in PRINTED:
        yield from as_the_source_ran(which)
    for which, studied in studies.items():
        yield from treated(which, studied)
    yield from ("", "Costs: `python -m benchmarks.costs STUDY...`", *earlier.of_collapse())


def reading(studies: Mapping[str, Studied]) -> Iterator[str]:
    """What to try first on pictures and on points, in three sentences each that follow from the verdicts."""
    for title, scores in (("Pictures", DIGITS), ("Points", POINTS)):
        better: dict[str, list[str]] = {}
        worse: dict[str, list[str]] = {}
        for which, studied in studies.items():
            name, judged_by = STUDIES[which]
            for group in studied.table.groups if judged_by is scores else ():
                for places, verdict in ((better, "better"), (worse, "worse")):
                    if verdict in told(studied, scores, group):
                        places.setdefault(group, []).append(name)
        first = {group: names for group, names in better.items() if group not in worse}
        mixed = {group: [*names, "but worse on", *worse[group]] for group, names in better.items() if group in worse}
        never = {group: names for group, names in worse.items() if group not in better}
        yield f"**{title}.** Try first what was better than plain in some score and worse in none: {_places(first)}.  "
        yield f"It depends for what was better in some and worse in others: {_places(mixed)}.  "
        yield f"Do not count on what was worse in some and better in none: {_places(never)}."
        yield ""
    treatments = [(studied, [*studied.table.groups.values()][1:]) for studied in studies.values()]
    compared = sum(len(studied.columns) * sum(len(seeds) > 1 for seeds in groups) for studied, groups in treatments)
    yield (
        f"Of {compared} comparisons about {compared / 20:.0f} come out better or worse by chance: trust what shows in "
        "several scores and places."
    )


def told(studied: Studied, scores: Scores, group: str) -> dict[str, list[str]]:
    """What is said of a treatment beside plain, and of which scores."""
    said: dict[str, list[str]] = {}
    for name, head in zip(scores.columns, scores.heads, strict=True):
        said.setdefault(studied.verdict(name, group), []).append(head)
    return said


def _places(groups: Mapping[str, Sequence[str]]) -> str:
    """Groups with where, those of most places first."""
    ranked = sorted(groups.items(), key=lambda item: -len(item[1]))
    return ", ".join(f"{group} ({' '.join(names)})" for group, names in ranked) or "none"


def as_the_source_ran(which: str) -> Iterator[str]:
    """A row for each seed."""
    name, *printed = PRINTED[which]
    studied = Studied.of(f"collapse-{which}-source", DIGITS.columns)
    if studied is None:
        return
    for cell in (cell for cells in studied.cells.values() for cell in cells):
        scores = {score["name"]: score for score in cell["scores"]}
        counts = " ".join(str(count) for count in scores["class-kl/mnist-a4c2b1da"]["counts"])
        losses = ", ".join(f"{cell['losses'][side]:.4f}" for side in ("generator", "discriminator"))
        values = " | ".join(f"{scores[column]['value']:.3g}" for column in DIGITS.columns)
        findings = {current_finding(name) for name in cell["findings"]}
        said = ", ".join(rule.title for rule in RULES if rule.name in findings)
        beside = f"{printed[0]:.4f}, {printed[1]:.4f}"
        shown = shown_of(studied, cell["treatment"]) if cell["seed"] == studied.study.seeds[0] else ""
        yield f"| {name} | {cell['seed']} | {losses} | {beside} | {values} | {counts} | {said} | {shown} |"


def treated(which: str, studied: Studied) -> Iterator[str]:
    """A study's table, and what could not be told apart."""
    name, scores = STUDIES[which]
    path = studied.home / "costs.json"
    costs = json.loads(path.read_text()) if path.exists() else {}
    yield from ("", f"## {name}, {studied.study.steps:,} steps", "")
    yield f"| treatment | seeds | {' | '.join(scores.heads)} | cost | beside plain | samples |"
    yield "| --- " * (5 + len(scores.heads)) + "|"
    for group, row in studied.rows():
        words = " ".join(studied.study.variants[group])
        said = told(studied, scores, group)
        beside = "; ".join(
            f"{verdict}: {', '.join(said[verdict])}" for verdict in ("better", "worse") if verdict in said
        )
        cost, shown = costs.get(group, ""), shown_of(studied, group)
        named = f"{group}<br>`{words}`" if words else group
        yield f"| {named} | {row} | {cost} | {beside or next(iter(said))} | {shown} |"
    yield ""
    groups = [group for group in studied.table.groups if {*told(studied, scores, group)} == {NO_DIFFERENCE}]
    yield f"No significant difference from plain in any of these scores: {', '.join(groups) or 'none'}.  "
    yield ""
    yield f"`ganarium study benchmarks/studies/collapse-{which}.toml --out results/studies/collapse-{which}`"


def picture_of(group: str) -> Path:
    """Where a treatment's picture lies, in the study's folder."""
    return Path("pictures", f"{group}.png")


def shown_of(studied: Studied, group: str) -> str:
    """A treatment's picture, where there is one."""
    picture = picture_of(group)
    return f"![{group}](studies/{studied.name}/{picture})" if (studied.home / picture).exists() else ""


def take_pictures(studied: Studied) -> None:
    """What each treatment's first seed made: a row of pictures, or points; only of runs that are still there."""
    home = StudyFolder(studied.home)
    for cell in runs_of(studied.study):
        run, path = home.run_path(cell), studied.home / picture_of(cell.variant)
        if cell.experiment.seed == studied.study.seeds[0] and run.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png(_shown(Run.open(run))))


def _shown(run: Run) -> Image.Image:
    sampler = load(run)
    if len(sampler.shape) == 1:
        return picture_of_samples(sampler, data_of(run)).resize((CLOUD, CLOUD))
    return grid(to_bytes(sampler.sample(SHOWN, seed=0)).numpy(), columns=SHOWN, smallest_side=ZOOM)


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", action="store_true", help="also of the runs that are there")
    if parser.parse_args().pictures:
        torch.set_num_threads(1)
        names = {f"collapse-{which}": scores for which, (_, scores) in STUDIES.items()}
        for name, scores in (names | {f"collapse-{which}-source": DIGITS for which in PRINTED}).items():
            if studied := Studied.of(name, scores.columns):
                take_pictures(studied)
    (RESULTS / "collapse.md").write_text("\n".join(page()) + "\n")


if __name__ == "__main__":
    main()
