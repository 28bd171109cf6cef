"""A study: variants of one recipe, all trained with the same seeds and scored in the same way.

Each run of a study is an ordinary run, named by the hash of its settings, with its result in one small JSON file. A
study keeps its whole state on disk, so an interrupted study continues with the remaining runs.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import product
from pathlib import Path
from re import sub
from typing import Annotated, Any, Literal, Self

import torch
from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, ValidationError, model_validator

from ganarium.config.base import Config, Formerly, earlier_values, former_names
from ganarium.config.experiment import Experiment
from ganarium.config.overrides import experiment_from, override, plain, read_toml, to_toml
from ganarium.core.arguments import MOST_SAMPLES
from ganarium.core.atomic import write_whole
from ganarium.core.errors import InputError, SettingsError
from ganarium.core.outputs import write_file
from ganarium.data.datasets import Split
from ganarium.data.held_out_share import FEWEST
from ganarium.data.load import load_data
from ganarium.evaluation.evaluate import refuse_too_few_held_out
from ganarium.evaluation.reference import load_reference
from ganarium.evaluation.score import Score
from ganarium.recipes import find_recipe
from ganarium.studies.compare import NUISANCE, ScoredRun
from ganarium.training.build import assemble
from ganarium.training.observers import recorded_observers

DEFINITION = "study.toml"
MOST_RUNS = 10_000
REASONS = {"tuple_type": 'must be a list, for example ["optim.lr=1e-3"]', "dict_type": "must be a table"}


class Study(Config):
    """The definition of a study: its variants and seeds, the length of training, and the scoring."""

    recipe: str = Field("", description="name of a recipe")
    experiment: dict[str, Any] | None = Field(
        None, description="all settings of an experiment, instead of a recipe, as in the experiment.toml of a run"
    )
    settings: Annotated[tuple[str, ...], Formerly("words")] = Field(
        (), description="settings of all runs, as on the command line"
    )
    variants: Annotated[dict[str, tuple[str, ...]], Formerly("treatments")] = Field(
        {}, description="settings of each variant, by its name"
    )
    recipes: dict[str, str] = Field(
        {}, description="recipes of variants that do not start from the recipe of the study, by the variant's name"
    )
    grid: dict[str, tuple[Any, ...]] = Field({}, description="values of each setting; all combinations are trained")
    seeds: tuple[NonNegativeInt, ...] = Field((0, 1, 2), description="seeds with which each variant is trained")
    steps: PositiveInt | None = Field(None, description="training steps of each run; by default, the recipe's")
    seconds: PositiveFloat | None = Field(None, description="maximum training time of each run in seconds")
    n: int = Field(10_000, ge=FEWEST, le=MOST_SAMPLES, description="number of samples to score")
    split: Literal["test", "validation"] = Field("test", description="split with which samples are compared")
    features: str | None = Field(None, description="ONNX file with an additional feature extractor")

    @model_validator(mode="after")
    def _has_one_base(self) -> Self:
        if bool(self.recipe) == bool(self.experiment):
            raise ValueError("a study needs either a recipe or an experiment; set recipe to the name of a recipe")
        if unknown := self.recipes.keys() - self.variants.keys():
            raise ValueError(f"recipes: {min(unknown)!r} is not a variant; use the name of one of the variants")
        return self

    @property
    def base(self) -> Experiment:
        """Return the experiment that the settings of all runs change. Raises `UnknownNameError`."""
        if self.experiment is not None:
            return experiment_from(self.experiment, "experiment", recorded=True)
        return find_recipe(self.recipe).experiment()

    def base_of(self, variant: str) -> Experiment:
        """Return the experiment that the settings of a variant change. Raises `UnknownNameError`."""
        return find_recipe(self.recipes[variant]).experiment() if variant in self.recipes else self.base


@dataclass(frozen=True)
class StudyRun:
    """One run of a study.

    key: 8 hex digits that identify the settings
    """

    variant: str
    experiment: Experiment
    key: str

    @property
    def name(self) -> str:
        """Return a readable and unique name."""
        variant = sub(r"[^\w.=,+-]+", "-", self.variant).strip("-")[:80]
        return f"{variant}-seed{self.experiment.seed}-{self.key}"


@dataclass(frozen=True)
class StudyFolder:
    """The directory with the definition, runs, results and sample grids of a study."""

    path: Path

    @property
    def definition_path(self) -> Path:
        """Return the path of the TOML file with which the study is continued."""
        return self.path / DEFINITION

    def run_path(self, run: StudyRun) -> Path:
        """Return the path of the run's directory.

        An existing run is found by its key, also if its variant has another name now or if an earlier version named it.
        """
        home = self.path / "runs"
        existing = [home / run.key, *sorted(home.glob(f"*-{run.key}"))]
        return next((path for path in existing if path.is_dir()), home / run.name)

    def grid_path(self, run: StudyRun) -> Path:
        """Return the path of the picture of a run's samples."""
        return self.path / "grids" / f"{run.name}.png"

    def write_definition(self, study: Study) -> None:
        """Write the definition of the study atomically, unless it is unchanged."""
        features = {"features": str(Path(study.features).absolute())} if study.features else {}
        content = to_toml(plain(study) | features).encode()
        if not self.definition_path.exists() or self.definition_path.read_bytes() != content:
            write_file(self.definition_path, content)

    def result_path(self, run: StudyRun) -> Path:
        """Return the path of a run's JSON file, which exists once the run is finished and scored."""
        return self.path / "cells" / f"{run.name}.json"

    def log_path(self, run: StudyRun) -> Path:
        """Return the path of the log of a run's process."""
        return self.path / "logs" / f"{run.name}.txt"

    def write_result(self, run: StudyRun, values: Mapping[str, Any]) -> None:
        """Write a run's result atomically."""
        self.result_path(run).parent.mkdir(parents=True, exist_ok=True)
        write_whole(self.result_path(run), (json.dumps(values, indent=1) + "\n").encode())

    def scored_run(self, run: StudyRun) -> ScoredRun | None:
        """Return a run's scores; None if the run is unfinished. Raises `InputError` for a damaged file."""
        values = self.read_result(run)
        if values is None:
            return None
        scores = [Score.from_dict(one) for one in values["scores"]]
        path = self.run_path(run)
        return ScoredRun(
            run.variant,
            run.experiment.seed,
            {score.name: score for score in scores},
            str(path) if path.exists() else "",
        )

    def read_result(self, run: StudyRun) -> dict[str, Any] | None:
        """Read a run's result; None if the run is unfinished. Raises `InputError` for a damaged file."""
        path = self.result_path(run)
        try:
            values = json.loads(path.read_bytes())
            for one in values["scores"]:
                Score.from_dict(one)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise InputError(f"{path}: the file is damaged; remove it to score the run again") from None
        result: dict[str, Any] = values
        return result


def read_study(path: Path) -> Study:
    """Read a study from its TOML file or its folder. Raises `InputError` that names the invalid setting."""
    file = path / DEFINITION if path.is_dir() else path
    if path.is_dir() and not file.exists():
        raise InputError(
            f"{path} is not the folder of a study: it has no {DEFINITION}; pass the TOML file of the study"
        )
    return study_from(read_toml(file), str(path))


def study_from(values: Mapping[str, Any], origin: str) -> Study:
    """Validate the definition of a study. Raises `InputError`, which begins with `origin`, for an invalid setting."""
    try:
        return Study.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        known = ", ".join(Study.model_fields)
        reason = REASONS.get(first["type"], first["msg"].removeprefix("Value error, "))
        named = ": ".join(filter(None, [origin, place, reason]))
        raise InputError(f"{named}; the settings of a study are: {known}") from None


def runs_of(study: Study) -> list[StudyRun]:
    """Return all runs, ordered by seed, so that a study stopped early has complete seeds.

    Raises `SettingsError` for an invalid setting, for two identical variants, and for too many runs.
    """
    variants = {name: settings for name, _, settings in _variants(study)}
    if len(variants) * len(study.seeds) > MOST_RUNS:
        raise SettingsError(
            f"{len(variants) * len(study.seeds):,} runs: a study may have at most {MOST_RUNS:,}; "
            "use fewer variants or seeds"
        )
    if not study.seeds or len(set(study.seeds)) < len(study.seeds):
        raise SettingsError(f"seeds={list(study.seeds)}: must contain at least one seed, and each only once")
    bases = {name: study.base_of(variant) for name, variant, _ in _variants(study)}
    _refuse_conflicts(study, variants)
    budget = [f"train.steps={study.steps}"] if study.steps else []
    budget += [f"train.seconds={study.seconds:g}"] if study.seconds else []
    runs: list[StudyRun] = []
    seen: dict[str, str] = {}
    for seed in study.seeds:
        for name, settings in variants.items():
            try:
                experiment = override(
                    bases[name], ["engine.threads=1", *study.settings, *budget, *settings, f"seed={seed}"]
                )
            except SettingsError as error:
                raise SettingsError(f"{name}: {error}") from None
            key = settings_key(experiment)
            if key in seen:
                raise SettingsError(f"{name} and {seen[key]} have the same settings; remove one of them")
            seen[key] = name
            runs.append(StudyRun(name, experiment, key))
    return runs


def refuse_incompatible(runs: Iterable[StudyRun], split: Split = "test") -> None:
    """Raise `SettingsError` if the settings of a variant are incompatible, or its samples cannot be scored.

    Nothing is trained.
    """
    for name, experiment in {run.variant: run.experiment for run in runs}.items():
        try:
            assemble(experiment, load_data(experiment.data), torch.device("cpu"))
            recorded_observers(experiment)
            refuse_too_few_held_out(load_reference(experiment.data, split))
        except (SettingsError, InputError) as error:
            raise SettingsError(f"{name}: {error}") from None


def settings_key(experiment: Experiment) -> str:
    """Return 8 hex digits that identify the settings that affect the result.

    Only settings that differ from their default count; for a setting with a `Before` value, that value is the default.
    So a setting added in a later version leaves the keys of earlier runs unchanged, and a later rule that replaces an
    earlier one changes the key. A renamed setting counts under its former name, for the same reason.
    """
    values = {name: value for name, value in _changed(experiment).items() if name not in NUISANCE or name == "seed"}
    return blake2b(json.dumps(values, sort_keys=True).encode(), digest_size=4).hexdigest()


def _changed(settings: Any) -> Any:
    if isinstance(settings, Mapping):
        return {name: _changed(value) for name, value in settings.items()}
    if not isinstance(settings, Config):
        return settings
    values = {name: getattr(settings, name) for name in type(settings).model_fields}
    defaults = {
        name: field.get_default(call_default_factory=True) for name, field in type(settings).model_fields.items()
    } | earlier_values(type(settings))
    former = {new: old for old, new in former_names(type(settings)).items()}
    return {
        former.get(name, name): _changed(value)
        for name, value in values.items()
        if name == "kind" or value != defaults[name]
    }


def _variants(study: Study) -> list[tuple[str, str, list[str]]]:
    """Return the full name, the name and the settings of each variant at each point of the grid.

    Raises `SettingsError` for a grid setting without values.
    """
    if empty := [name for name, values in study.grid.items() if not values]:
        raise SettingsError(f"grid.{empty[0]} has no values, so nothing would be trained; add at least one")
    points = [
        [f"{name}={_text(value)}" for name, value in zip(study.grid, values, strict=True)]
        for values in product(*study.grid.values())
    ]
    named = study.variants or {"": ()}
    return [
        (" ".join(filter(None, [name, *point])) or study.recipe or "experiment", name, [*settings, *point])
        for name, settings in named.items()
        for point in points
    ]


def _refuse_conflicts(study: Study, variants: Mapping[str, Iterable[str]]) -> None:
    """Raise `SettingsError` if `settings` or a variant contains a setting that another field or the grid defines."""
    fields = {
        "seed": "seeds",
        "train.steps": "steps" if study.steps else None,
        "train.seconds": "seconds" if study.seconds else None,
    }
    for name, settings in {"settings": study.settings, **variants}.items():
        for key in (setting.partition("=")[0] for setting in settings):
            if fields.get(key):
                raise SettingsError(f"{name}: {key} is already set by {fields[key]}; remove one of them")
    for name, settings in {"settings": study.settings, **study.variants}.items():
        for key in (setting.partition("=")[0] for setting in settings):
            if key in study.grid:
                raise SettingsError(f"{name}: {key} is also in the grid, which would replace it; remove one of them")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
