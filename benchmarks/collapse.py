"""Compare remedies for mode collapse, one at a time, on the two networks of S2 and on the ring and grid data.

ganarium study benchmarks/studies/collapse-a.toml --out results/studies/collapse-a
python -m benchmarks.collapse [--pictures]

The studies, benchmarks/studies/collapse-*.toml, train for hours. This module writes results/collapse.md from the
completed runs; with --pictures, it also writes images of each variant's first seed, if the run still exists.
"""

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from benchmarks import earlier
from benchmarks.tables import StudyResults, shown_of, take_pictures
from ganarium.diagnosis.rules import RULES
from ganarium.runs.renamed_findings import current_finding
from ganarium.studies.compare import NO_DIFFERENCE

RESULTS = Path(__file__).parents[1] / "results"
PRINTED = {"a": ("S2-A", 2.7080, 0.4489), "b": ("S2-B", 3.8933, 0.2038)}  # G loss, D loss, as printed by S2


@dataclass(frozen=True)
class Scores:
    """Scores for comparing variants: `columns` as in `StudyResults`, and the column headings."""

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
FORMER_FINDINGS = {"missing-kinds": "partial-collapse", "sameness": "low-diversity"}  # names in recorded runs
STUDIES = {"a": ("S2-A", DIGITS), "b": ("S2-B", DIGITS), "ring": ("ring", POINTS), "grid": ("grid", POINTS)}


def page() -> Iterator[str]:
    """Yield the lines of results/collapse.md for all completed runs."""
    found = {which: StudyResults.of(f"collapse-{which}", scores.columns) for which, (_, scores) in STUDIES.items()}
    studies = {which: studied for which, studied in found.items() if studied}
    yield from (
        "# Mode collapse and remedies",
        "",
        "The two GANs of S2 collapse. S2 names six remedies and tries none of them. This page compares them, and five "
        "later ones; the sixth, balance between the players, in two ways. S2-A is `dense-digits`, with two dense "
        "players; S2-B is `dense-conv-digits`, with a convolution in the discriminator. Ring and grid are 2-D points, "
        "with PacGAN's networks.",
        "",
    )
    yield from reading(studies)
    yield from (
        "",
        "Mean ± 95 % interval over seeds by Student's t, which is wide for few seeds [worst seed]. Compared with "
        "plain: the scores that are better or worse, with paired seeds.",
        "Cost: processor time of a step relative to plain. A class is missing if it has less than a tenth of its "
        "share; random features detect noise that a classifier does not. Images are of the first seed.",
        "",
        "## As the source ran them",
        "",
        "40,001 steps. Losses are means over the last 100 steps; the source prints those of one batch.",
        "",
        "| network | seed | G loss, D loss | printed | classes missing | class KL | Fréchet | "
        "Fréchet by random features | images of each digit, 0 to 9 | "
        "diagnosis | samples |",
        "| --- " * 11 + "|",
    )
    for which in PRINTED:
        yield from as_the_source_ran(which)
    for which, studied in studies.items():
        yield from treated(which, studied)
    yield from ("", "Costs: `python -m benchmarks.costs STUDY...`", *earlier.of_collapse())


def reading(studies: Mapping[str, StudyResults]) -> Iterator[str]:
    """Yield recommendations derived from the verdicts, for images and for points, in three sentences each."""
    for title, scores in (("Images", DIGITS), ("Points", POINTS)):
        better: dict[str, list[str]] = {}
        worse: dict[str, list[str]] = {}
        for which, studied in studies.items():
            name, judged_by = STUDIES[which]
            for group in studied.table.groups if judged_by is scores else ():
                for places, verdict in ((better, "better"), (worse, "worse")):
                    if verdict in verdicts_of(studied, scores, group):
                        places.setdefault(group, []).append(name)
        first = {group: names for group, names in better.items() if group not in worse}
        mixed = {group: [*names, "but worse on", *worse[group]] for group, names in better.items() if group in worse}
        never = {group: names for group, names in worse.items() if group not in better}
        yield (
            f"**{title}.** Try first the variants that are better than plain in some score and worse in none: "
            f"{_places(first)}.  "
        )
        yield f"Variants that are better in some scores and worse in others: {_places(mixed)}.  "
        yield f"Avoid the variants that are worse in some score and better in none: {_places(never)}."
        yield ""
    treatments = [(studied, [*studied.table.groups.values()][1:]) for studied in studies.values()]
    compared = sum(len(studied.columns) * sum(len(seeds) > 1 for seeds in groups) for studied, groups in treatments)
    yield (
        f"Of {compared} comparisons about {compared / 20:.0f} are better or worse by chance: rely only on effects that "
        "appear in several scores and data sets."
    )


def verdicts_of(studied: StudyResults, scores: Scores, group: str) -> dict[str, list[str]]:
    """Return the score headings for each verdict on a variant compared with "plain"."""
    verdicts: dict[str, list[str]] = {}
    for name, head in zip(scores.columns, scores.heads, strict=True):
        verdicts.setdefault(studied.verdict(name, group), []).append(head)
    return verdicts


def _places(groups: Mapping[str, Sequence[str]]) -> str:
    """Return groups and their data sets as text, sorted by decreasing number of data sets."""
    ranked = sorted(groups.items(), key=lambda item: -len(item[1]))
    return ", ".join(f"{group} ({' '.join(names)})" for group, names in ranked) or "none"


def as_the_source_ran(which: str) -> Iterator[str]:
    """Yield a table row for each seed of the training with the settings of the source."""
    name, *printed = PRINTED[which]
    studied = StudyResults.of(f"collapse-{which}-source", DIGITS.columns)
    if studied is None:
        return
    for cell in (cell for cells in studied.cells.values() for cell in cells):
        scores = {score["name"]: score for score in cell["scores"]}
        counts = " ".join(str(count) for count in scores["class-kl/mnist-a4c2b1da"]["counts"])
        losses = ", ".join(f"{cell['losses'][side]:.4f}" for side in ("generator", "discriminator"))
        values = " | ".join(f"{scores[column]['value']:.3g}" for column in DIGITS.columns)
        findings = {current_finding(name) for name in cell["findings"]}
        said = ", ".join(rule.title for rule in RULES if rule.name in findings)
        expected = f"{printed[0]:.4f}, {printed[1]:.4f}"
        shown = shown_of(studied, cell["treatment"]) if cell["seed"] == studied.study.seeds[0] else ""
        yield f"| {name} | {cell['seed']} | {losses} | {expected} | {values} | {counts} | {said} | {shown} |"


def treated(which: str, studied: StudyResults) -> Iterator[str]:
    """Yield a study's table, followed by the variants without a significant difference."""
    name, scores = STUDIES[which]
    path = studied.home / "costs.json"
    costs = json.loads(path.read_text()) if path.exists() else {}
    yield from ("", f"## {name}, {studied.study.steps:,} steps", "")
    yield f"| variant | seeds | {' | '.join(scores.heads)} | cost | compared with plain | samples |"
    yield "| --- " * (5 + len(scores.heads)) + "|"
    for group, row in studied.rows():
        words = " ".join(studied.study.variants[group])
        verdicts = verdicts_of(studied, scores, group)
        compared = "; ".join(
            f"{verdict}: {', '.join(verdicts[verdict])}" for verdict in ("better", "worse") if verdict in verdicts
        )
        cost, shown = costs.get(group, ""), shown_of(studied, group)
        named = f"{group}<br>`{words}`" if words else group
        yield f"| {named} | {row} | {cost} | {compared or next(iter(verdicts))} | {shown} |"
    yield ""
    groups = [group for group in studied.table.groups if {*verdicts_of(studied, scores, group)} == {NO_DIFFERENCE}]
    yield f"No significant difference from plain in any of these scores: {', '.join(groups) or 'none'}.  "
    yield ""
    yield f"`ganarium study benchmarks/studies/collapse-{which}.toml --out results/studies/collapse-{which}`"


def main() -> None:
    """Write results/collapse.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", action="store_true", help="also write sample images of the runs that still exist")
    if parser.parse_args().pictures:
        torch.set_num_threads(1)
        names = {f"collapse-{which}": scores for which, (_, scores) in STUDIES.items()}
        for name, scores in (names | {f"collapse-{which}-source": DIGITS for which in PRINTED}).items():
            if studied := StudyResults.of(name, scores.columns):
                take_pictures(studied)
    (RESULTS / "collapse.md").write_text("\n".join(page()) + "\n")


if __name__ == "__main__":
    main()
