"""Results on ring and grid with PacGAN's protocol, compared with the published results.

ganarium study benchmarks/studies/ring.toml --out results/studies/ring
ganarium study benchmarks/studies/grid.toml --out results/studies/grid
python -m benchmarks.evaluation --page

The studies train for hours; their results in results/studies become a section of results/evaluation.md.
"""

from collections.abc import Iterator

from benchmarks.tables import StudyResults

COLUMNS = {"modes/law": 1, "high-quality/law": 100, "mode-kl/law": 1}  # columns and their factors
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
    """Yield the tables of both data sets for the completed runs."""
    yield from (
        "",
        "## Ring and grid",
        "",
        "PacGAN's networks, optimizer, batch and evaluation (2,500 samples), with a twentieth of its steps. Mean ± "
        "95 % interval over seeds [worst seed]; published rows as printed, with standard errors. High quality is in "
        "percent: the data distribution itself has 98.9, a higher value means that modes are too narrow.",
    )
    for name, published in PUBLISHED.items():
        studied = StudyResults.of(name, COLUMNS)
        yield from ("", f"| {name} | steps | seeds | modes | high quality | mode KL |", "| --- " * 6 + "|")
        if studied:
            yield from (f"| {group} | {studied.study.steps:,} | {row} |" for group, row in studied.rows())
        yield from (f"| {method}, published | 400,000 | 10 | {' | '.join(row)} |" for method, row in published.items())
        if studied:
            yield from ("", *studied.verdicts())


if __name__ == "__main__":
    print("\n".join(section()))
