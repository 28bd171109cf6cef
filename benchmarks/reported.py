"""Write results/reported.md: published numbers of the recipes' methods, and ours from the cells of the gallery.

python -m benchmarks.reported

The published numbers are in benchmarks/reported.toml.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.gallery.cells import RESULTS, Folders
from benchmarks.gallery.entries import ENTRIES
from benchmarks.gallery.page import Shown, engine, shown_entries, times
from ganarium.core.atomic import write_whole
from ganarium.core.escape import listed
from ganarium.core.html import rounded
from ganarium.evaluation.score import Score
from ganarium.metrics.seed_statistics import over_seeds
from ganarium.recipes import find_recipe

NUMBERS = Path(__file__).with_name("reported.toml")
PROTOCOLS = "protocols"  # table of protocols that several numbers share
HEAD = (
    "# Published numbers and ours",
    "",
    "For each recipe with a published number: the number with its protocol, ours with its protocol, and what differs. "
    "They are never in one column, because hardly any pair is measured in the same way. Published numbers are printed "
    "as in their source, which we did not check by running other code. Ours are means over the seeds of "
    "[the gallery](gallery.md) ± 95 % by Student's t, with the smallest and the largest value; the floor is the value "
    "of real data. The losses that S2 prints are compared in [collapse.md](collapse.md).",
    "",
    "**The classical protocol on MNIST and Fashion-MNIST**, a Fréchet distance by the features of an Inception "
    "network, is not among ours. It needs the weights of the TensorFlow graph of 2015, which the package neither "
    "contains nor downloads. With an ONNX file of these features, `ganarium evaluate RUN --features FILE.onnx` "
    "computes it ([evaluation.md](../docs/evaluation.md)).",
    "",
    "## Protocols of several numbers",
    "",
)


def page(numbers: Mapping[str, Any], shown: Mapping[str, Shown]) -> Iterator[str]:
    """Yield the lines of results/reported.md."""
    yield from HEAD
    yield from (f"- **{each['name']}**: {each['text']} ({each['source']})" for each in numbers[PROTOCOLS].values())
    for name, about in numbers.items():
        if name != PROTOCOLS:
            yield from section(name, about, numbers[PROTOCOLS], shown.get(name))
    without = [f"`{name}`" for name in ENTRIES if name not in numbers]
    yield from ("", "## Without a published number", "")
    yield f"We know of no published number with a stated protocol that concerns {listed(without, len(without))}."


def section(name: str, about: Mapping[str, Any], protocols: Mapping[str, Any], shown: Shown | None) -> Iterator[str]:
    """Yield the lines about one recipe."""
    yield from ("", f"## {name}", "", f"Source of the recipe: {find_recipe(ENTRIES[name].recipe).source}.", "")
    yield from ("| published | number | protocol | source |", "| --- " * 4 + "|")
    for each in about["published"]:
        shared = protocols.get(each["protocol"])
        protocol, source = (shared["name"], shared["source"]) if shared else (each["protocol"], each["source"])
        yield f"| {each['result']} | {each['number']} | {protocol} | {source} |"
    yield ""
    if shown is None:
        yield "Ours: not trained with the current settings."
    else:
        yield from ours(about["ours"], shown)
    yield from ("", f"What differs: {about['differs']}")


def ours(names: Sequence[str], shown: Shown) -> Iterator[str]:
    """Yield a table of our scores, and how they were measured."""
    yield from ("| ours | mean over seeds | floor |", "| --- " * 3 + "|")
    for name in names:
        found: list[Score | None] = [cell.scores.get(name) for cell in shown.cells]
        scores = [score for score in found if score is not None]
        if scores:
            yield f"| {scores[0].name} | {spread([score.value for score in scores])} | {rounded(scores[0].floor)} |"
    worst = shown.worst
    score = worst.scores[0]
    yield ""
    yield f"{score.n:,} samples against {score.against.rpartition('/')[0]}, {len(shown.cells)} seeds. {times(shown)}  "
    yield f"{worst.values['machine']}, {engine(worst)}."


def spread(values: Sequence[float]) -> str:
    """Return the mean of values, its 95 % interval, and the smallest and largest value."""
    mean, margin = over_seeds(values)
    if margin is None:
        return rounded(mean)
    return f"{rounded(mean)} ± {margin:.2g} [{rounded(min(values))}, {rounded(max(values))}]"


def main() -> None:
    """Write results/reported.md."""
    numbers = tomllib.loads(NUMBERS.read_text())
    lines = page(numbers, shown_entries(ENTRIES, Folders()))
    write_whole(RESULTS / "reported.md", ("\n".join(lines) + "\n").encode())


if __name__ == "__main__":
    main()
