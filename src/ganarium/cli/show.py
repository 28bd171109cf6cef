"""The commands `recipes`, `remedies` and `show`."""

from __future__ import annotations

from dataclasses import asdict
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganarium.cli.console import Json, Overwrite, result
from ganarium.core.errors import UsageError
from ganarium.core.outputs import format_of, refuse_taken, write_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ganarium.config.experiment import Experiment
    from ganarium.networks.layer_table import Layer
    from ganarium.recipes.base import Recipe
    from ganarium.runs.directory import Run
    from ganarium.runs.loss_history import Losses


def recipes(json: Json = False) -> None:
    """List the recipes.

    Example: ganarium recipes
    """
    from ganarium.recipes import RECIPES

    values = {recipe.name: {"line": recipe.line, "source": recipe.source} for recipe in RECIPES.values()}
    wide = max(map(len, RECIPES))
    lines = [f"{recipe.name:<{wide}} {recipe.line}\n{'':<{wide}} {recipe.source}" for recipe in RECIPES.values()]
    text = "\n".join([*lines, "", "next: ganarium show RECIPE, ganarium train RECIPE"])
    result(values, text, as_json=json)


def remedies(json: Json = False) -> None:
    """List the remedies with their effects, costs, settings and papers.

    Example: ganarium remedies
    """
    from ganarium.config.remedies import CHOICES, REMEDIES

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
    choices = {choice.words: {"line": choice.line, "paper": choice.paper} for choice in CHOICES}
    blocks = [
        *(f"{name}\n" + _indented(_remedy(of)) for name, of in values.items()),
        "not below remedies, since networks, steps or optimizers are made with them:",
        *(f"{words}\n" + _indented(of.values()) for words, of in choices.items()),
        "next: ganarium train digits remedies.NAME=true, or remedies.NAME.SETTING=VALUE",
    ]
    result({"remedies": values, "choices": choices}, "\n\n".join(blocks), as_json=json)


def _indented(lines: Iterable[str]) -> str:
    return "\n".join(f"  {line}" for line in lines)


def _remedy(of: dict[str, Any]) -> Iterator[str]:
    """Yield the effect, purpose and cost, default settings, neutral settings and paper of a remedy."""
    yield of["does"]
    yield of["line"]
    yield ", ".join(f"{key}={value}" for key, value in of["settings"].items())
    yield "nothing changes at " + ", ".join(f"{key}={value}" for key, value in of["neutral"].items())
    yield of["paper"]


def show(
    what: Annotated[str, typer.Argument(metavar="RECIPE|RUN", help="A recipe, or a run's path or name.")],
    out: Annotated[
        Path | None, typer.Option(metavar="x.png", help="Draw the curves of a run's losses into this picture.")
    ] = None,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Show the resolved settings, layers, our choices and papers to cite; for a run, also its losses.

    Example: ganarium show dense-digits
    """
    from ganarium.config.overrides import plain
    from ganarium.recipes import RECIPES
    from ganarium.report.losses import loss_lines
    from ganarium.runs.events import Finding

    experiment, run = _found(what)
    losses = run.losses() if run else None
    if out is not None:
        _check_curves(out, what, losses, overwrite=overwrite)
    elif overwrite:
        raise UsageError("--overwrite: there is no file to replace; add --out x.png, or leave it out")
    provenance = vars(run.provenance) if run else {}
    findings = [line.event for line in run.events() if isinstance(line.event, Finding)] if run else []
    recipe = RECIPES.get(experiment.recipe)
    values: dict[str, Any] = {
        "settings": plain(experiment),
        "provenance": provenance,
        "findings": [asdict(finding) for finding in findings],
        "losses": losses.as_dict() if losses else None,
        "parameters": parameter_tables(experiment, provenance),
        "source": recipe.source if recipe else "",
        "choices": list(recipe.choices) if recipe else [],
        "papers": papers(experiment),
    }
    blocks = [*_facts(values), *(_origins(recipe, experiment) if recipe else []), _listed("cite", values["papers"])]
    if losses:
        blocks.append("\n".join(loss_lines(losses)))
    if out is not None and losses:
        write_file(out, _curves(losses, what))
        values["out"] = str(out)
        blocks.append(f"curves of the losses: {out}")
    result(values, "\n\n".join(blocks), as_json=json)


def _check_curves(out: Path, what: str, losses: Losses | None, *, overwrite: bool) -> None:
    """Raise `UsageError` if curves cannot be drawn or written, before anything is shown."""
    if losses is None:
        raise UsageError(f"--out {out}: {what} has no losses to draw; name a run that has made some steps")
    format_of(out, ("png",))
    refuse_taken(out, overwrite=overwrite)


def _curves(losses: Losses, title: str) -> bytes:
    from ganarium.plotting.figures import curves
    from ganarium.plotting.pictures import png

    sides = {side: [getattr(span, side) for span in losses.spans] for side in ("discriminator", "generator")}
    return png(curves([span.last for span in losses.spans], sides, title, "loss"))


def _found(what: str) -> tuple[Experiment, Run | None]:
    """Return the experiment of a recipe or run, and the run, if any."""
    from ganarium.core.errors import UnknownNameError
    from ganarium.recipes import RECIPES
    from ganarium.runs.directory import EXPERIMENT, HOME, find_run

    if what in RECIPES:
        return RECIPES[what].experiment(), None
    try:
        run = find_run(what)
    except UnknownNameError:
        names = [*RECIPES, *(path.parent.name for path in HOME.glob(f"*/{EXPERIMENT}"))]
        raise UnknownNameError("recipe or run", what, names) from None
    return run.experiment, run


def _facts(values: dict[str, Any]) -> Iterator[str]:
    """Yield one block each for settings, parameters, provenance and findings."""
    from ganarium.config.overrides import to_toml

    yield to_toml(values["settings"]).strip()
    for name, table in values["parameters"].items():
        yield "\n".join([_totals(name, table), *_rows(table)])
    if values["provenance"]:
        yield "provenance\n" + "\n".join(f"  {name}: {value}" for name, value in values["provenance"].items() if value)
    if values["findings"]:
        yield "found\n" + "\n".join(f"  {finding['name']}: {finding['text']}" for finding in values["findings"])


def _origins(recipe: Recipe, experiment: Experiment) -> Iterator[str]:
    """Yield one block each for the source of a recipe, our choices, and the changes in the experiment."""
    from ganarium.config.overrides import differences

    yield f"source\n  {recipe.source}"
    yield _listed("our choices, where the source is silent", recipe.choices)
    changed = differences(recipe.experiment(), experiment)
    if changed:
        yield "\n".join(
            ["changed from the recipe", *(f"  {key}: {old} → {new}" for key, (old, new) in changed.items())]
        )


def _listed(title: str, lines: Iterable[str]) -> str:
    return "\n".join([title, *(f"  - {line}" for line in lines)])


def parameter_tables(experiment: Experiment, provenance: dict[str, Any]) -> dict[str, Any]:
    """Return each network's layers with weight shapes [in, out], output shapes and parameter counts.

    provenance: the provenance of a run, in place of its data
    """
    from ganarium.data.load import load_data
    from ganarium.networks.layer_table import layers
    from ganarium.training.build import build_networks

    if provenance:
        shape, classes = tuple(provenance["shape"]), provenance["classes"]
    else:
        source = load_data(experiment.data)
        shape, classes = source.shape, source.classes
    networks = build_networks(experiment, shape, len(classes))
    return {name: _table(layers(network, shape)) for name, network in networks.items()}


def _table(rows: list[Layer]) -> dict[str, Any]:
    trainable = sum(row.parameters for row in rows)
    return {
        "layers": [
            {
                "layer": row.name,
                "kind": row.kind,
                "shape": list(row.shape),
                "output": list(row.output),
                "parameters": row.parameters,
                "statistics": row.statistics,
            }
            for row in rows
        ],
        "total": trainable,
        "total_with_statistics": trainable + sum(row.statistics for row in rows),
    }


def papers(experiment: Experiment) -> list[str]:
    """Return the papers to cite for the parts in use."""
    from ganarium.config.datasets import DATA
    from ganarium.config.games import GAMES
    from ganarium.config.networks import DISCRIMINATORS, GENERATORS
    from ganarium.config.objectives import OBJECTIVES
    from ganarium.config.optimizers import OPTIMIZERS
    from ganarium.config.remedies import REMEDIES
    from ganarium.config.updates import UPDATES

    entries = [
        DATA[experiment.data.kind],
        GAMES[experiment.game.kind],
        GENERATORS[experiment.generator.kind],
        DISCRIMINATORS[experiment.discriminator.kind],
        OBJECTIVES[experiment.objective.kind],
        UPDATES[experiment.update.kind],
        OPTIMIZERS[experiment.optim.kind],
        *(REMEDIES[name] for name in experiment.remedies),
    ]
    return list(dict.fromkeys(entry.paper for entry in entries if entry.paper))


def _totals(name: str, table: dict[str, Any]) -> str:
    """Return a line with the totals with and without batch norm's running statistics, since conventions differ."""
    whole = table["total_with_statistics"]
    also = "" if whole == table["total"] else f", {whole:,} with the running statistics of batch norm"
    return f"{name}: {table['total']:,} trainable parameters{also}"


def _rows(table: dict[str, Any]) -> Iterator[str]:
    """Yield the layers in columns; the last column is present if any layer has running statistics."""
    counts = ["parameters"] + ["with statistics"] * (table["total_with_statistics"] != table["total"])
    rows = [["layer", "computes", "weights", "output", *counts]]
    for row in table["layers"]:
        sides = (" × ".join(map(str, row[sizes])) for sizes in ("shape", "output"))
        numbers = (row["parameters"], row["parameters"] + row["statistics"])
        rows.append([row["layer"], row["kind"], *sides, *(f"{number:,}" if number else "" for number in numbers)])
    wide = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (f"{cell:{'<' if i < 2 else '>'}{wide[i]}}" for i, cell in enumerate(row[: len(wide)]))
        yield f"  {'  '.join(cells)}".rstrip()
