"""Ring and grid by PacGAN's protocol, beside the published rows.

ganarium study benchmarks/studies/ring.toml --out results/studies/ring
ganarium study benchmarks/studies/grid.toml --out results/studies/grid
python -m benchmarks.judgement --page

The studies train (hours); what they leave in results/studies is made a section of results/judgement.md.
"""

from collections.abc import Iterator
from pathlib import Path

from ganarium.judgement.compare import Entry, Table, compare
from ganarium.judgement.study import Home, Study, cells_of, read_study

STUDIES = Path(__file__).parent / "studies"
CELLS = Path(__file__).parents[1] / "results" / "studies"
COLUMNS = {"modes/law": 1, "high-quality/law": 100, "mode-kl/law": 1}  # what is shown, times what
# Lin et al. 2018, PacGAN, table 1: 400,000 steps, means ± standard errors of 10 trainings; modes, high quality, KL
PUBLISHED = {
    "ring": {
        "GAN": ("6.3 ± 0.5", "98.2 ± 0.2", "0.45 ± 0.09"),
        "PacGAN-2": ("7.9 ± 0.1", "95.6 ± 2.0", "0.07 ± 0.03"),
    },
    "grid": {
        "GAN": ("17.3 ± 0.8", "94.8 ± 0.7", "0.70 ± 0.07"),
        "PacGAN-2": ("23.8 ± 0.7", "91.3 ± 0.8", "0.13"),
    },
}


def section() -> Iterator[str]:
    """The tables of both sets, as far as their cells are there."""
    yield from (
        "",
        "## Ring and grid",
        "",
        "PacGAN's networks, optimizer, batch and evaluation (2,500 samples), with a twentieth of its steps. Mean ± "
        "95 % over seeds [worst seed]; published rows as printed, with standard errors. High quality is in percent: "
        "the law itself has 98.9, more is too narrow.",
    )
    for name, published in PUBLISHED.items():
        study = read_study(STUDIES / f"{name}.toml")
        table = _table(study, Home(CELLS / name))
        yield from ("", f"| {name} | steps | seeds | modes | high quality | mode KL |", "| --- " * 6 + "|")
        yield from _ours(table, study) if table else ()
        yield from (f"| {method}, published | 400,000 | 10 | {' | '.join(row)} |" for method, row in published.items())
        yield from _verdicts(table) if table else ()


def _table(study: Study, home: Home) -> Table | None:
    trained = [found for found in map(home.trained, cells_of(study)) if found]
    return compare(trained) if trained else None


def _ours(table: Table, study: Study) -> Iterator[str]:
    for group, seeds in table.groups.items():
        cells = [_cell(row.entries[group], COLUMNS[row.name]) for row in table.rows if row.name in COLUMNS]
        yield f"| {group} | {study.steps:,} | {len(seeds)} | {' | '.join(cells)} |"


def _cell(entry: Entry, times: int) -> str:
    margin = "" if entry.margin is None else f" ± {times * entry.margin:.2g}"
    return f"{times * entry.mean:.3g}{margin} [{times * entry.worst:.3g}]"


def _verdicts(table: Table) -> Iterator[str]:
    """What can be told apart from the first group, seed by seed."""
    first, *others = table.groups
    yield ""
    for group in others:
        found = [f"{row.name} {row.entries[group].verdict}" for row in table.rows if row.name in COLUMNS]
        yield f"{group} beside {first}: {', '.join(found)}.  "


if __name__ == "__main__":
    print("\n".join(section()))
