"""Verbs that explain: recipes, remedies, show."""

from __future__ import annotations

from dataclasses import asdict
from math import inf
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganarium.cli.console import Json, result

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ganarium.core.config import Experiment
    from ganarium.recipes.base import Recipe
    from ganarium.runs.events import Finding


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
    """List the remedies: what each does, what it costs, its settings and its paper.

    Example: ganarium remedies
    """
    from ganarium.core.settings.remedies import CHOICES, REMEDIES

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
    """What it does, what for and at what cost, its settings at their defaults, those that change nothing, its paper."""
    yield of["does"]
    yield of["line"]
    yield ", ".join(f"{key}={value}" for key, value in of["settings"].items())
    yield "nothing changes at " + ", ".join(f"{key}={value}" for key, value in of["neutral"].items())
    yield of["paper"]


def show(
    what: Annotated[str, typer.Argument(metavar="RECIPE|RUN", help="A recipe, or a run's path or name.")],
    json: Json = False,
) -> None:
    """Show resolved settings, parameter tables, what we chose, and what to cite.

    Example: ganarium show dense-digits
    """
    from ganarium.core.words import plain
    from ganarium.recipes import RECIPES

    experiment, born, findings = _found(what)
    recipe = RECIPES.get(experiment.recipe)
    values: dict[str, Any] = {
        "settings": plain(experiment),
        "born": born,
        "findings": [asdict(finding) for finding in findings],
        "parameters": parameter_tables(experiment, born),
        "source": recipe.source if recipe else "",
        "choices": list(recipe.choices) if recipe else [],
        "papers": papers(experiment),
    }
    blocks = [*_facts(values), *(_origins(recipe, experiment) if recipe else []), _listed("cite", values["papers"])]
    result(values, "\n\n".join(blocks), as_json=json)


def _found(what: str) -> tuple[Experiment, dict[str, Any], list[Finding]]:
    """The experiment of a recipe or run; of a run, what it was born with and what was found in its data."""
    from ganarium.core.errors import UnknownNameError
    from ganarium.recipes import RECIPES
    from ganarium.runs.directory import EXPERIMENT, HOME, find_run
    from ganarium.runs.events import Finding

    if what in RECIPES:
        return RECIPES[what].experiment(), {}, []
    try:
        run = find_run(what)
    except UnknownNameError:
        names = [*RECIPES, *(path.parent.name for path in HOME.glob(f"*/{EXPERIMENT}"))]
        raise UnknownNameError("recipe or run", what, names) from None
    findings = [line.event for line in run.events() if isinstance(line.event, Finding)]
    return run.experiment, vars(run.birth), findings


def _facts(values: dict[str, Any]) -> Iterator[str]:
    """Settings, parameters, birth and findings, a block each."""
    from ganarium.core.words import to_toml

    yield to_toml(values["settings"]).strip()
    for name, table in values["parameters"].items():
        yield f"{name}: {table['total']:,} parameters\n{_rows(table)}"
    if values["born"]:
        yield "born\n" + "\n".join(f"  {name}: {value}" for name, value in values["born"].items() if value)
    if values["findings"]:
        yield "found\n" + "\n".join(f"  {finding['name']}: {finding['text']}" for finding in values["findings"])


def _origins(recipe: Recipe, experiment: Experiment) -> Iterator[str]:
    """Where a recipe comes from, what we chose, and what the experiment changed of it, a block each."""
    from ganarium.core.words import differences

    yield f"source\n  {recipe.source}"
    yield _listed("our choices, where the source is silent", recipe.choices)
    changed = differences(recipe.experiment(), experiment)
    if changed:
        yield "\n".join(
            ["changed from the recipe", *(f"  {key}: {old} → {new}" for key, (old, new) in changed.items())]
        )


def _listed(title: str, lines: Iterable[str]) -> str:
    return "\n".join([title, *(f"  - {line}" for line in lines)])


def parameter_tables(experiment: Experiment, born: dict[str, Any]) -> dict[str, Any]:
    """Each network's layers as [in, out], with their parameters; of a run, without its data."""
    from ganarium.networks.base import layers
    from ganarium.training.assemble import build_networks, load_data

    if born:
        shape, classes = tuple(born["shape"]), born["classes"]
    else:
        source = load_data(experiment.data)
        shape, classes = source.shape, source.classes
    networks = build_networks(experiment, shape, len(classes))
    tables = {}
    for name, network in networks.items():
        rows = [{"layer": row.name, "shape": list(row.shape), "parameters": row.parameters} for row in layers(network)]
        tables[name] = {"layers": rows, "total": sum(row["parameters"] for row in rows)}  # type: ignore[misc]
    return tables


def papers(experiment: Experiment) -> list[str]:
    """What to cite for what is used."""
    from ganarium.core.settings.data import DATA
    from ganarium.core.settings.games import GAMES
    from ganarium.core.settings.networks import DISCRIMINATORS, GENERATORS
    from ganarium.core.settings.objectives import OBJECTIVES
    from ganarium.core.settings.play import OPTIMIZERS, UPDATES
    from ganarium.core.settings.remedies import REMEDIES

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


def _rows(table: dict[str, Any]) -> str:
    rows = [(row["layer"], " × ".join(map(str, row["shape"])), f"{row['parameters']:,}") for row in table["layers"]]
    return "\n".join(f"  {name:<18} {shape:>12} {count:>12}" for name, shape, count in rows)
