"""A study: variants of one recipe, all trained with the same seeds and scored in the same way.

A cell is one training: an ordinary run, named by the hash of its settings, and one small JSON file. A study keeps its
whole state on disk, so an interrupted study continues with the remaining cells.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import product
from pathlib import Path
from re import sub
from typing import Any, Literal

import torch
from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, ValidationError

from ganarium.config.base import Config, earlier_values, former_names
from ganarium.config.experiment import Experiment
from ganarium.config.overrides import override, read_toml
from ganarium.core.atomic import write_whole
from ganarium.core.errors import InputError, SettingsError
from ganarium.data.load import load_data
from ganarium.evaluation.scores import Score
from ganarium.recipes import find_recipe
from ganarium.studies.compare import LUCK, Trained
from ganarium.training.build import assemble

MOST_CELLS = 10_000
WANTED = {"tuple_type": 'must be a list, as ["optim.lr=1e-3"]', "dict_type": "must be a table"}


class Study(Config):
    """The definition of a study: what is trained, for how long, and how it is scored."""

    recipe: str = Field(description="a recipe's name")
    words: tuple[str, ...] = Field((), description="settings of all cells, as on the command line")
    treatments: dict[str, tuple[str, ...]] = Field({}, description="settings of each treatment, by its name")
    grid: dict[str, tuple[Any, ...]] = Field({}, description="values of settings, each tried with each other's")
    seeds: tuple[NonNegativeInt, ...] = Field((0, 1, 2), description="every treatment is trained once with each")
    steps: PositiveInt | None = Field(None, description="steps of each cell; the recipe's own by default")
    seconds: PositiveFloat | None = Field(None, description="at most so many seconds of training")
    n: PositiveInt = Field(10_000, description="samples that are scored")
    split: Literal["test", "validation"] = Field("test", description="what they are scored by")
    features: str | None = Field(None, description="an ONNX file whose features of pictures are measured as well")


@dataclass(frozen=True)
class Cell:
    """One training of a study.

    key: 8 hex digits that identify the settings
    """

    treatment: str
    experiment: Experiment
    key: str

    @property
    def name(self) -> str:
        """Return a readable and unique name."""
        treatment = sub(r"[^\w.=,+-]+", "-", self.treatment).strip("-")[:80]
        return f"{treatment}-seed{self.experiment.seed}-{self.key}"


@dataclass(frozen=True)
class Home:
    """The directory with the runs and results of a study."""

    path: Path

    def run(self, cell: Cell) -> Path:
        """Return the path of a cell's run."""
        return self.path / "runs" / cell.key

    def result(self, cell: Cell) -> Path:
        """Return the path of a cell's JSON file, which exists once the cell is finished."""
        return self.path / "cells" / f"{cell.name}.json"

    def log(self, cell: Cell) -> Path:
        """Return the path of the output of a cell's process."""
        return self.path / "logs" / f"{cell.name}.txt"

    def keep(self, cell: Cell, values: Mapping[str, Any]) -> None:
        """Write a cell's result atomically."""
        self.result(cell).parent.mkdir(parents=True, exist_ok=True)
        write_whole(self.result(cell), (json.dumps(values, indent=1) + "\n").encode())

    def trained(self, cell: Cell) -> Trained | None:
        """Return a cell's scores; None if there are none yet. Raises `InputError` for a damaged file."""
        values = self.values(cell)
        if values is None:
            return None
        scores = [Score.from_dict(one) for one in values["scores"]]
        return Trained(cell.treatment, cell.experiment.seed, {score.name: score for score in scores})

    def values(self, cell: Cell) -> dict[str, Any] | None:
        """Read a cell's result; None if there is none yet. Raises `InputError` for a damaged file."""
        path = self.result(cell)
        try:
            values = json.loads(path.read_bytes())
            for one in values["scores"]:
                Score.from_dict(one)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise InputError(f"{path}: not a result that can be read; remove it and the cell is scored again") from None
        found: dict[str, Any] = values
        return found


def read_study(path: Path) -> Study:
    """Read a study from its TOML file. Raises `InputError` that names the invalid setting."""
    try:
        return Study.model_validate(read_toml(path))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        known = ", ".join(Study.model_fields)
        reason = WANTED.get(first["type"], first["msg"])
        raise InputError(f"{path}: {place}: {reason}; a study has: {known}") from None


def cells_of(study: Study) -> list[Cell]:
    """Return all cells, ordered by seed, so that a study stopped early has complete seeds.

    Raises `SettingsError` for an invalid setting, for two identical treatments, and for too many cells.
    """
    treatments = dict(_treatments(study))
    if len(treatments) * len(study.seeds) > MOST_CELLS:
        raise SettingsError(f"{len(treatments) * len(study.seeds):,} cells: a study has at most {MOST_CELLS:,}")
    if not study.seeds or len(set(study.seeds)) < len(study.seeds):
        raise SettingsError(f"seeds={list(study.seeds)}: give each seed once, one at least")
    base = find_recipe(study.recipe).experiment()
    _refuse_own(study, treatments)
    budget = [f"train.steps={study.steps}"] if study.steps else []
    budget += [f"train.seconds={study.seconds:g}"] if study.seconds else []
    cells: list[Cell] = []
    seen: dict[str, str] = {}
    for seed in study.seeds:
        for name, words in treatments.items():
            try:
                experiment = override(base, ["engine.threads=1", *study.words, *budget, *words, f"seed={seed}"])
            except SettingsError as error:
                raise SettingsError(f"{name}: {error}") from None
            key = key_of(experiment)
            if key in seen:
                raise SettingsError(f"{name} and {seen[key]} are the same training; leave one out")
            seen[key] = name
            cells.append(Cell(name, experiment, key))
    return cells


def refuse_unworkable(cells: Iterable[Cell]) -> None:
    """Raise `SettingsError` for a treatment whose parts are incompatible, without training."""
    for name, experiment in {cell.treatment: cell.experiment for cell in cells}.items():
        try:
            assemble(experiment, load_data(experiment.data), torch.device("cpu"))
        except SettingsError as error:
            raise SettingsError(f"{name}: {error}") from None


def key_of(experiment: Experiment) -> str:
    """Return 8 hex digits that identify the settings that affect the result.

    Only settings that differ from their default count; for a setting with a `Before` value, that value is the default.
    So a setting added in a later version leaves the keys of earlier cells unchanged, and a later rule that replaces an
    earlier one changes the key. A renamed setting counts under its former name, for the same reason.
    """
    values = {name: value for name, value in _own(experiment).items() if name not in LUCK or name == "seed"}
    return blake2b(json.dumps(values, sort_keys=True).encode(), digest_size=4).hexdigest()


def _own(settings: Any) -> Any:
    if isinstance(settings, Mapping):
        return {name: _own(value) for name, value in settings.items()}
    if not isinstance(settings, Config):
        return settings
    values = {name: getattr(settings, name) for name in type(settings).model_fields}
    defaults = {
        name: field.get_default(call_default_factory=True) for name, field in type(settings).model_fields.items()
    } | earlier_values(type(settings))
    former = {new: old for old, new in former_names(type(settings)).items()}
    return {
        former.get(name, name): _own(value)
        for name, value in values.items()
        if name == "kind" or value != defaults[name]
    }


def _treatments(study: Study) -> list[tuple[str, list[str]]]:
    """Return each named treatment at each point of the grid. Raises `SettingsError` for a setting without values."""
    if empty := [name for name, values in study.grid.items() if not values]:
        raise SettingsError(f"grid.{empty[0]}: has no values, so nothing would be trained; give one at least")
    points = [
        [f"{name}={_text(value)}" for name, value in zip(study.grid, values, strict=True)]
        for values in product(*study.grid.values())
    ]
    named = study.treatments or {"": ()}
    return [
        (" ".join(filter(None, [name, *point])) or study.recipe, [*words, *point])
        for name, words in named.items()
        for point in points
    ]


def _refuse_own(study: Study, treatments: Mapping[str, Iterable[str]]) -> None:
    """Raise `SettingsError` for a setting given both by the study or its grid and by `words` or a treatment."""
    said = {
        "seed": "seeds",
        "train.steps": "steps" if study.steps else None,
        "train.seconds": "seconds" if study.seconds else None,
    }
    for name, words in {"words": study.words, **treatments}.items():
        for key in (word.partition("=")[0] for word in words):
            if said.get(key):
                raise SettingsError(f"{name}: {key} is what {said[key]} says for all; leave one of the two out")
    for name, words in {"words": study.words, **study.treatments}.items():
        for key in (word.partition("=")[0] for word in words):
            if key in study.grid:
                raise SettingsError(f"{name}: {key} is in the grid, which would replace it; leave one of the two out")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
