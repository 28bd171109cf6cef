"""Description of a recipe or a run: settings, layers, findings, losses, sources and papers."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ganarium.api.lookup import RECIPES, experiment_named
from ganarium.config.entries import papers
from ganarium.config.given import GIVEN, given_parts
from ganarium.config.overrides import differences, plain
from ganarium.core.escape import listed
from ganarium.core.outputs import write_file
from ganarium.plotting.figures import curves
from ganarium.plotting.images import png
from ganarium.runs.events import Finding
from ganarium.runs.loss_history import Losses
from ganarium.training.network_tables import parameter_tables

__all__ = ["Description", "Losses", "describe", "draw_losses"]


@dataclass(frozen=True)
class Description:
    """Description of a recipe or a run, as printed by `ganarium show`.

    provenance: versions, commit and data properties of a run; empty for a recipe
    losses: loss history of a run; None for a recipe, or before the first step
    parameters: table of layers of each network, by name; empty if parts that were passed as objects are missing
    without_layers: why the tables of layers are missing; empty if they are there
    source, choices: publication of the recipe, and our choices where the publication does not say
    changes: settings in which a run differs from the recipe, as (old, new)
    """

    settings: Mapping[str, Any]
    provenance: Mapping[str, Any]
    findings: Sequence[Finding]
    losses: Losses | None
    parameters: Mapping[str, Any]
    source: str
    choices: Sequence[str]
    changes: Mapping[str, tuple[Any, Any]]
    papers: Sequence[str]
    without_layers: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the description as JSON-compatible data."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "changes"}
        values["findings"] = [asdict(finding) for finding in self.findings]
        return values | {"losses": self.losses.as_dict() if self.losses else None}


def describe(name: str) -> Description:
    """Describe a recipe given by name, or a run given by name or path."""
    experiment, run = experiment_named(name)
    provenance = vars(run.provenance) if run else {}
    recipe = RECIPES.get(experiment.recipe)
    missing = [part.part for part in given_parts(experiment).values() if part.identity not in GIVEN]
    return Description(
        settings=plain(experiment),
        provenance=provenance,
        findings=[line.event for line in run.events() if isinstance(line.event, Finding)] if run else [],
        losses=run.losses() if run else None,
        parameters={} if missing else parameter_tables(experiment, provenance),
        source=recipe.source if recipe else "",
        choices=list(recipe.choices) if recipe else [],
        changes=differences(recipe.experiment(), experiment) if recipe else {},
        papers=papers(experiment),
        without_layers=f"layers are not shown, because {listed(missing)} was passed from Python" if missing else "",
    )


def draw_losses(losses: Losses, title: str, out: Path) -> None:
    """Plot the losses of the discriminator and the generator over the steps as a PNG file."""
    players = {player: [getattr(span, player) for span in losses.spans] for player in ("discriminator", "generator")}
    write_file(out, png(curves([span.last for span in losses.spans], players, title, "loss")))
