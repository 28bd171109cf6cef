"""The subcommands of `ganarium data`: list, show, check and export."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganarium.cli.common import Json, Overwrite, Words, command_line, print_result
from ganarium.cli.options import known
from ganarium.core.escape import counted
from ganarium.core.outputs import format_of, refuse_taken

if TYPE_CHECKING:
    from ganarium.api.data import DataFinding

SPLITS = ("train", "validation", "test")

app = typer.Typer(help="List, show, check and export data sets.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME|PATH", help="A name from `ganarium data list`, or a path.")]
SplitName = Annotated[str, typer.Option(metavar="train|validation|test", help="Split of the data set.")]


@app.command("list")
def list_sets(json: Json = False) -> None:
    """List the available data sets.

    Example: ganarium data list
    """
    from ganarium.config.datasets import DATA

    values = {name: {"line": entry.line, "source": entry.paper} for name, entry in DATA.items()}
    lines = [f"{name:<14} {entry.line}" for name, entry in DATA.items()]
    print_result(
        values, "\n".join([*lines, "", "next: ganarium data show NAME, ganarium data check PATH"]), as_json=json
    )


@app.command("show")
def show_set(
    name: Name,
    words: Words = None,
    split: SplitName = "train",
    out: Annotated[Path | None, typer.Option(help="PNG file of the grid; NAME.png by default.")] = None,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Draw a grid of samples of a data set, and print its sample counts, hash and licence.

    Example: ganarium data show polygons size=60 --out polygons.png
    """
    stem = Path(os.path.normpath(Path(name).absolute())).stem  # the stem of "." is empty
    target = out or Path(f"{stem or 'data'}.png")
    format_of(target, ("png",))
    refuse_taken(target, overwrite=overwrite)
    from ganarium.api.data import draw_set, facts_of, load_set

    source = load_set(name, words or (), _split_named(split))
    draw_set(source, target)
    values = facts_of(source) | {"split": split, "picture": str(target)}
    labels = {"picture": "grid"}
    lines = (f"{labels.get(key, key):<10} {line}" for key, value in values.items() for line in _lines(value))
    print_result(values, "\n".join(lines), as_json=json)


def _split_named(name: str) -> Any:
    return known("split", name, SPLITS)


def _lines(value: Any) -> list[str]:
    """Format a fact as lines of text: one line per sentence, or class counts as `cat 49, dog 45`."""
    if isinstance(value, dict):
        return [", ".join(f"{name} {count:,}" for name, count in value.items())] if value else []
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return value
    return [] if value in ("", None) else [str(value)]


@app.command("check")
def check_set(name: Name, words: Words = None, json: Json = False) -> None:
    """Check labels, copies, leaks, ranges, borders and files for faults that are often mistaken for GAN failures.

    Example: ganarium data check ~/pictures size=64
    """
    from ganarium.api.data import examine

    report = examine(name, words or ())
    warnings = sum(remark.grave for remark in report.remarks)
    advice = report.recommended
    command = command_line("train", advice.recipe, *advice.words)
    assert advice.forecast is not None
    lines = [
        report.facts,
        *(f"prepared {sentence}" for sentence in report.prepared),
        *(line for remark in report.remarks for line in _remark_lines(remark)),
        f"{_counted(warnings, 'warning')}, {_counted(len(report.remarks) - warnings, 'note')}",
        f"next: {command}",
        f"      {'; '.join(advice.why)}",
        f"      {advice.forecast.text}",
    ]
    values = {
        "data": name,
        "facts": report.facts,
        "done": list(report.prepared),
        "remarks": [asdict(remark) for remark in report.remarks],
        "next": asdict(advice) | {"command": command},
    }
    print_result(values, "\n".join(lines), as_json=json)


def _counted(n: int, noun: str) -> str:
    return counted(n, noun) if n else f"no {noun}s"


def _remark_lines(remark: DataFinding) -> list[str]:
    """Return the name, text, advice and examples of a finding."""
    head = f"{'WARNING' if remark.grave else 'note':<8} {remark.name}: {remark.text}"
    examples = [f"         for example {', '.join(remark.examples)}"] if remark.examples else []
    return [head, f"         → {remark.advice}", *examples]


@app.command("export")
def export_set(
    name: Name,
    out: Annotated[Path, typer.Option(help="x.npz for arrays; a name without a suffix for a folder of images.")],
    words: Words = None,
    n: Annotated[
        int | None, typer.Option("-n", min=1, help="Number of samples, chosen at random; all by default.")
    ] = None,
    split: SplitName = "train",
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Export a data set: images, labels and ground truth.

    Example: ganarium data export lines -n 1000 --out lines.npz
    """
    kind = format_of(out, ("npz",), folder=True)
    refuse_taken(out, overwrite=overwrite, folder=not kind)
    from ganarium.api.data import export_set as write_set
    from ganarium.api.data import load_set

    source = load_set(name, words or (), _split_named(split), n)
    count = write_set(source, out, n)
    print_result(
        {"out": str(out), "n": count, "hash": source.hash}, f"{counted(count, 'sample')} of {name}: {out}", as_json=json
    )
