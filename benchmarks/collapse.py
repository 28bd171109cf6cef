"""Collapse, measured and cured: the two networks of S2, ring and grid, each under one remedy after the other.

ganarium study benchmarks/studies/collapse-a.toml --out results/studies/collapse-a
python -m benchmarks.collapse [--pictures]

The studies are those of benchmarks/studies/collapse-*.toml; they train (hours). This writes results/collapse.md of the
cells that are there; with --pictures also what each treatment made with its first seed, while its run is there.
"""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import mean

import torch

from benchmarks.tables import CELLS, Studied
from ganarium.data.feed import to_bytes
from ganarium.draw.pictures import grid, png
from ganarium.judgement.diagnosis.rules import RULES
from ganarium.judgement.study import Home, cells_of
from ganarium.training.sampler import load

RESULTS = Path(__file__).parents[1] / "results"
SHOWN, ZOOM = 10, 56  # pictures of a treatment, and their side
DIGITS = {"missing-classes/mnist-a4c2b1da": 1.0, "class-kl/mnist-a4c2b1da": 1.0, "frechet/mnist-a4c2b1da": 1.0}
POINTS = {"modes/law": 1.0, "high-quality/law": 100.0}
PRINTED = {"a": ("S2-A", 2.7080, 0.4489), "b": ("S2-B", 3.8933, 0.2038)}  # G loss, D loss: source_systems, S2
JUDGED_BY = {"a": "frechet/mnist-a4c2b1da", "b": "frechet/mnist-a4c2b1da", "ring": "modes/law", "grid": "modes/law"}


def page() -> Iterator[str]:
    """All that is known so far."""
    yield from (
        "# Collapse, measured and cured",
        "",
        "S2 saw its two GANs collapse, named six remedies and tried none. Here they are tried, with five later ones.",
        "Mean ± 95 % over seeds [worst seed]; verdicts pair seeds. Seconds say nothing: cells waited.",
        "",
        "## As the source ran them",
        "",
        "40,001 steps; losses are means over the last 100 steps, where the source prints those of one batch.",
        "",
        "| network | seed | G loss, D loss | printed | classes missing | class KL | Fréchet | pictures of each digit | "
        "the doctor says |",
        "| --- " * 9 + "|",
    )
    for which in PRINTED:
        yield from as_the_source_ran(which)
    for which, (name, *_) in PRINTED.items():
        yield from treated(which, name, DIGITS, ("classes missing", "class KL", "Fréchet"))
    for which in ("ring", "grid"):
        yield from treated(which, which, POINTS, ("modes", "high quality, %"))


def as_the_source_ran(which: str) -> Iterator[str]:
    """A row for each seed."""
    name, *printed = PRINTED[which]
    studied = Studied.of(f"collapse-{which}-source", DIGITS)
    for cell in (cell for cells in studied.cells.values() for cell in cells) if studied else ():
        scores = {score["name"]: score for score in cell["scores"]}
        counts = " ".join(str(count) for count in scores["class-kl/mnist-a4c2b1da"]["counts"])
        losses = ", ".join(f"{cell['losses'][side]:.4f}" for side in ("generator", "discriminator"))
        values = " | ".join(f"{scores[column]['value']:.3g}" for column in DIGITS)
        said = ", ".join(rule.title for rule in RULES if rule.name in cell["findings"])
        beside = f"{printed[0]:.4f}, {printed[1]:.4f}"
        yield f"| {name} | {cell['seed']} | {losses} | {beside} | {values} | {counts} | {said} |"


def treated(which: str, name: str, columns: Mapping[str, float], heads: tuple[str, ...]) -> Iterator[str]:
    """A study's table, and its verdicts in a few sentences."""
    studied = Studied.of(f"collapse-{which}", columns)
    if studied is None:
        return
    yield from ("", f"## {name}, {studied.study.steps:,} steps", "")
    yield f"| treatment | seeds | {' | '.join(heads)} | seconds | beside plain | samples |"
    yield "| --- " * (5 + len(heads)) + "|"
    for group, row in studied.rows():
        seconds = mean(cell["seconds"] for cell in studied.cells[group])
        picture = picture_of(studied.name, group)
        shown = f"![{group}]({picture.relative_to(RESULTS)})" if picture.exists() else ""
        yield f"| {group} | {row} | {seconds:.0f} | {studied.verdict(JUDGED_BY[which], group)} | {shown} |"
    yield ""
    for verdict in ("better", "not separable", "worse"):
        groups = [group for group in studied.table.groups if studied.verdict(JUDGED_BY[which], group) == verdict]
        yield f"By {JUDGED_BY[which]}, {verdict}: {', '.join(groups) or 'none'}.  "
    yield ""
    yield f"`ganarium study benchmarks/studies/collapse-{which}.toml --out results/studies/collapse-{which}`"


def picture_of(study: str, group: str) -> Path:
    """Where a treatment's picture lies."""
    return CELLS / study / "pictures" / f"{group}.png"


def take_pictures(studied: Studied) -> None:
    """What each treatment's first seed made, in a row; only of runs that are still there."""
    home = Home(CELLS / studied.name)
    for cell in cells_of(studied.study):
        run, path = home.run(cell), picture_of(studied.name, cell.treatment)
        if cell.experiment.seed == studied.study.seeds[0] and run.exists():
            samples = to_bytes(load(run).sample(SHOWN, seed=0)).numpy()
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png(grid(samples, columns=SHOWN, smallest_side=ZOOM)))


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", action="store_true", help="also of the runs that are there")
    if parser.parse_args().pictures:
        torch.set_num_threads(1)
        for which in PRINTED:
            for name in (f"collapse-{which}-source", f"collapse-{which}"):
                studied = Studied.of(name, DIGITS)
                if studied:
                    take_pictures(studied)
    (RESULTS / "collapse.md").write_text("\n".join(page()) + "\n")


if __name__ == "__main__":
    main()
