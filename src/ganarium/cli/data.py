"""The commands `ganarium data`: list, show, check, export."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganarium.cli.console import Json, Overwrite, Words, command_line, result
from ganarium.core.outputs import format_of, refuse_taken, write_file
from ganarium.report.busy import busy

if TYPE_CHECKING:
    from ganarium.data.checks.all_checks import Remark
    from ganarium.data.datasets import Source

ENDLESS = 10_000  # points exported from an endless set by default
SPLITS = ("train", "validation", "test")

app = typer.Typer(help="Look at the data sets.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME|PATH", help="See `ganarium data list`, or files of your own.")]
SplitName = Annotated[str, typer.Option(metavar="train|validation|test", help="Which split.")]


@app.command("list")
def list_sets(json: Json = False) -> None:
    """List the data sets.

    Example: ganarium data list
    """
    from ganarium.config.datasets import DATA

    values = {name: {"line": entry.line, "source": entry.paper} for name, entry in DATA.items()}
    lines = [f"{name:<14} {entry.line}" for name, entry in DATA.items()]
    result(values, "\n".join([*lines, "", "next: ganarium data show NAME, ganarium data check PATH"]), as_json=json)


@app.command("show")
def show_set(
    name: Name,
    words: Words = None,
    split: SplitName = "train",
    out: Annotated[Path | None, typer.Option(help="Where the grid goes; NAME.png by default.")] = None,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Draw a grid of a data set; print counts, hash and licence.

    Example: ganarium data show polygons size=60 --out polygons.png
    """
    from ganarium.plotting.pictures import png
    from ganarium.training.grids import picture_of_data

    stem = Path(os.path.normpath(Path(name).absolute())).stem  # the stem of "." is empty
    target = out or Path(f"{stem or 'data'}.png")
    format_of(target, ("png",))
    refuse_taken(target, overwrite=overwrite)
    source = _load(name, words, split)
    write_file(target, png(picture_of_data(source)))
    values = _facts(source) | {"split": split, "picture": str(target)}
    lines = (f"{key:<10} {line}" for key, value in values.items() for line in _lines(value))
    result(values, "\n".join(lines), as_json=json)


def _lines(value: Any) -> list[str]:
    """Return a fact as lines of text: one per sentence, and counts as `cat 49, dog 45`."""
    if isinstance(value, dict):
        return [", ".join(f"{name} {count:,}" for name, count in value.items())] if value else []
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return value
    return [] if value in ("", None) else [str(value)]


@app.command("check")
def check_set(name: Name, words: Words = None, json: Json = False) -> None:
    """Check data for faults that are often mistaken for GAN failures: labels, copies, leaks, ranges, borders, files.

    Example: ganarium data check ~/pictures size=64
    """
    from ganarium import api
    from ganarium.config.files import CoordinatesConfig
    from ganarium.config.overrides import data_overrides
    from ganarium.config.toy2d import Toy2dConfig
    from ganarium.data.checks import all_checks
    from ganarium.data.files.detect import words_for
    from ganarium.data.files.resolve import settings_of
    from ganarium.report.recommend import recommended_for

    done: list[str] = []
    remarks: list[Remark] = []
    if isinstance(settings_of(name, words or []), CoordinatesConfig | Toy2dConfig):
        train: Source = _load(name, words, "train")
        seen = f"{f'{len(train):,}' if len(train) else 'endless'} points; only pictures are checked for faults"
    else:
        with busy(f"checking {name}"):
            pictures, others = api.splits_of(name, *(words or []))
            remarks = all_checks.check(pictures, others)
        seen, train = all_checks.facts(pictures, others), pictures
        done = list(pictures.origin.said) if pictures.origin else []
    faults = sum(remark.grave for remark in remarks)
    lines = [seen, *(f"done    {sentence}" for sentence in done)]
    lines += [line for remark in remarks for line in _lines_of(remark)]
    lines.append(f"{_many(faults, 'fault')}, {_many(len(remarks) - faults, 'remark')}")
    with busy("measuring a few steps"):
        advised = recommended_for(train, [*words_for(name), *data_overrides(words or [])])
    command = command_line("train", advised.recipe, *advised.words)
    assert advised.forecast is not None
    lines += [f"next: {command}", f"      {'; '.join(advised.why)}", f"      {advised.forecast.text}"]
    result(
        {
            "data": name,
            "facts": seen,
            "done": done,
            "remarks": [asdict(remark) for remark in remarks],
            "next": asdict(advised) | {"command": command},
        },
        "\n".join(lines),
        as_json=json,
    )


def _many(n: int, what: str) -> str:
    return f"{n} {what}{'s' * (n != 1)}" if n else f"no {what}s"


def _lines_of(remark: Remark) -> list[str]:
    examples = [f"        for example {', '.join(remark.examples)}"] if remark.examples else []
    head = f"{'FAULT' if remark.grave else 'remark':<7} {remark.name}: {remark.text}"
    return [head, f"        → {remark.advice}", *examples]


@app.command("export")
def export_set(
    name: Name,
    out: Annotated[Path, typer.Option(help="x.npz: arrays; a name without suffix: a folder of pictures.")],
    words: Words = None,
    n: Annotated[int | None, typer.Option("-n", min=1, help="How many, chosen at random; all by default.")] = None,
    split: SplitName = "train",
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Write a data set to files: pictures, labels and ground truth.

    Example: ganarium data export lines -n 1000 --out lines.npz
    """
    from ganarium.data.datasets import ImageSet
    from ganarium.data.export import arrays, compressed, some_of, write_pictures

    kind = format_of(out, ("npz",), folder=True)
    refuse_taken(out, overwrite=overwrite, folder=not kind)
    source = _load(name, words, split, n)
    if not isinstance(source, ImageSet):
        format_of(out, ("npz",))
    some = some_of(source, n or len(source) or ENDLESS)
    if isinstance(some, ImageSet) and not kind:
        write_pictures(some, out)
    else:
        write_file(out, compressed(arrays(some)))
    count = len(some)
    result({"out": str(out), "n": count, "hash": source.hash}, f"{count:,} of {name}: {out}", as_json=json)


def _load(name: str, words: list[str] | None, split: str, count: int | None = None) -> Source:
    from ganarium.config.overrides import data_overrides, data_settings
    from ganarium.core.errors import UsageError, suggestion
    from ganarium.data.files.detect import refuse_other_data, words_for
    from ganarium.data.load import load_data

    if split not in SPLITS:
        raise UsageError(f"--split {split}: no such split{suggestion(split, SPLITS)}")
    said, own = data_overrides(words or []), words_for(name)
    refuse_other_data(own, said)
    counted = next((word for word in said if word.startswith("data.count=")), None)
    if counted and split != "train":
        raise UsageError(f"{counted}: bounds the train split alone; leave it out of --split {split}")
    settings = data_settings([*own, *said])
    if counted and count is not None and count > getattr(settings, "count", count):
        raise UsageError(f"-n {count}: {counted} says fewer; leave one of the two out")
    with busy(f"loading {name}"):
        return load_data(data_settings([*own, *said], count), split)  # type: ignore[arg-type]  # it is one of SPLITS


def _facts(source: Source) -> dict[str, Any]:
    from ganarium.data.datasets import PointSet

    facts: dict[str, Any] = {
        "name": source.name,
        "title": source.card.title,
        "count": len(source) if len(source) else "endless",
        "shape": list(source.shape),
        "classes": {},
        "hash": source.hash,
        "authors": source.card.authors,
        "licence": source.card.licence,
        "about": source.card.text,
    }
    if source.labels is not None:
        counts = source.labels.bincount(minlength=len(source.classes)).tolist()
        facts["classes"] = dict(zip(source.classes, counts, strict=True))
    if not isinstance(source, PointSet) and source.origin:
        facts["done"] = list(source.origin.said)
    return facts
