"""The commands `recipes`, `remedies` and `show`."""

from __future__ import annotations

from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganarium.cli.common import Json, Overwrite, print_result
from ganarium.core.errors import UsageError
from ganarium.core.outputs import format_of, refuse_taken

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ganarium.api.description import Description

HOMEWORK = {  # techniques taught in courses, and the settings that enable them
    "minibatch discrimination": ("discriminator.batch_features=discrimination",),
    "one-sided label smoothing": ("remedies.label_smoothing=true",),
    "feature matching": ("remedies.feature_matching=true",),
    "historical averaging": ("remedies.historical_averaging=true",),
    "batch normalization": ("generator.norm=batch", "discriminator.norm=batch"),
    "balance between the players": ("update=adaptive", "optim.discriminator_lr=4e-4"),
}


def recipes(json: Json = False) -> None:
    """List the recipes.

    Example: ganarium recipes
    """
    from ganarium.api.lookup import RECIPES

    values = {recipe.name: {"line": recipe.line, "source": recipe.source} for recipe in RECIPES.values()}
    wide = max(map(len, RECIPES))
    lines = [f"{recipe.name:<{wide}} {recipe.line}\n{'':<{wide}} {recipe.source}" for recipe in RECIPES.values()]
    text = "\n".join([*lines, "", "next: ganarium show RECIPE, ganarium train RECIPE"])
    print_result(values, text, as_json=json)


def remedies(json: Json = False) -> None:
    """List the remedies with their effects, costs, settings and papers, and the settings of classic techniques.

    Example: ganarium remedies
    """
    from ganarium.config.remedies import REMEDIES
    from ganarium.config.remedies.related_settings import CHOICES

    values = {
        name: {
            "does": (entry.settings.__doc__ or "").partition("\n")[0],
            "line": entry.line,
            "settings": {key: field.default for key, field in entry.settings.model_fields.items()},
            "neutral": {key: "inf" if value == inf else value for key, value in (entry.neutral or {}).items()},
            "paper": entry.paper,
        }
        for name, entry in REMEDIES.items()
    }
    choices = {choice.setting: {"line": choice.line, "paper": choice.paper} for choice in CHOICES}
    wide = max(map(len, HOMEWORK))
    blocks = [
        *(f"{name}\n" + _indented(_remedy(of)) for name, of in values.items()),
        "settings of networks, updates or optimizers that also serve as remedies:",
        *(f"{words}\n" + _indented(of.values()) for words, of in choices.items()),
        "classic techniques and their settings:\n"
        + _indented(f"{technique:<{wide}}  {', '.join(words)}" for technique, words in HOMEWORK.items()),
        "next: ganarium train digits remedies.NAME=true, or remedies.NAME.SETTING=VALUE",
    ]
    print_result({"remedies": values, "choices": choices, "homework": HOMEWORK}, "\n\n".join(blocks), as_json=json)


def _indented(lines: Iterable[str]) -> str:
    return "\n".join(f"  {line}" for line in lines)


def _remedy(of: dict[str, Any]) -> Iterator[str]:
    """Yield the effect, purpose and cost, default settings, neutral settings and paper of a remedy."""
    yield from dict.fromkeys((of["does"], of["line"]))  # equal for your own remedies
    yield "defaults: " + ", ".join(f"{key}={value}" for key, value in of["settings"].items())
    if of["neutral"]:
        yield "off at " + ", ".join(f"{key}={value}" for key, value in of["neutral"].items())
    if of["paper"]:
        yield of["paper"]


def show(
    what: Annotated[str, typer.Argument(metavar="RECIPE|RUN", help="Name of a recipe, or path or name of a run.")],
    out: Annotated[
        Path | None, typer.Option(metavar="x.png", help="Also plot the losses of a run to this PNG file.")
    ] = None,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Show the settings, layers, design choices and papers to cite; for a run, also the losses and warnings.

    Example: ganarium show dense-digits
    """
    if out is not None:
        _refuse_without_losses(out, what, overwrite=overwrite)
    elif overwrite:
        raise UsageError("--overwrite: applies only to --out; add --out x.png, or omit --overwrite")
    from ganarium.api.description import describe, draw_losses

    described = describe(what)
    values, blocks = described.as_dict(), list(_blocks(described))
    if out is not None and described.losses:
        draw_losses(described.losses, what, out)
        values["out"] = str(out)
        blocks.append(f"loss curves: {out}")
    print_result(values, "\n\n".join(blocks), as_json=json)


def _refuse_without_losses(out: Path, what: str, *, overwrite: bool) -> None:
    """Raise `UsageError` early if the loss curves cannot be drawn or written."""
    from ganarium.api.lookup import experiment_named

    _, run = experiment_named(what)
    if run is None or run.losses() is None:
        raise UsageError(f"--out {out}: {what} has no losses to draw; choose a run that has been trained")
    format_of(out, ("png",))
    refuse_taken(out, overwrite=overwrite)


def _blocks(described: Description) -> Iterator[str]:
    """Yield the sections of a description as text."""
    from ganarium.config.overrides import to_toml
    from ganarium.report.loss_summary import loss_lines

    yield to_toml(described.settings).strip()
    for name, table in described.parameters.items():
        yield "\n".join([_totals(name, table), *_layer_lines(table)])
    if described.without_layers:
        yield described.without_layers
    if described.provenance:
        yield "environment\n" + _indented(f"{name}: {value}" for name, value in described.provenance.items() if value)
    if described.findings:
        yield "warnings\n" + _indented(f"{finding.name}: {finding.text}" for finding in described.findings)
    if described.source:
        yield f"source\n  {described.source}"
        yield _listed("our choices where the source does not say", described.choices)
    if described.changes:
        changes = (f"{key}: {old} → {new}" for key, (old, new) in described.changes.items())
        yield "changes from the recipe\n" + _indented(changes)
    yield _listed("papers to cite", described.papers)
    if described.losses:
        yield "\n".join(loss_lines(described.losses))


def _listed(title: str, lines: Iterable[str]) -> str:
    return "\n".join([title, *(f"  - {line}" for line in lines)])


def _totals(name: str, table: Mapping[str, Any]) -> str:
    """Format the number of trainable parameters, and the total with batch norm's running statistics if different."""
    whole = table["total_with_statistics"]
    also = "" if whole == table["total"] else f", {whole:,} with the running statistics of batch norm"
    return f"{name}: {table['total']:,} trainable parameters{also}"


def _layer_lines(table: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of the table of layers, with an extra column if any layer has running statistics."""
    counts = ["parameters"] + ["with statistics"] * (table["total_with_statistics"] != table["total"])
    rows = [["layer", "type", "weights", "output", *counts]]
    for row in table["layers"]:
        shapes = (" × ".join(map(str, row[key])) for key in ("shape", "output"))
        numbers = (row["parameters"], row["parameters"] + row["statistics"])
        rows.append([row["layer"], row["kind"], *shapes, *(f"{number:,}" if number else "" for number in numbers)])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (f"{cell:{'<' if i < 2 else '>'}{widths[i]}}" for i, cell in enumerate(row[: len(widths)]))
        yield f"  {'  '.join(cells)}".rstrip()
