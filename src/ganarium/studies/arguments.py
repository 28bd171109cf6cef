"""Conversion of the Python arguments of a study to the values of its definition."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ganarium.config.experiment import Experiment
from ganarium.config.formatted_overrides import words_between, words_of
from ganarium.config.overrides import flatten, override
from ganarium.core.arguments import named, whole_number
from ganarium.core.errors import UsageError
from ganarium.studies.study import Study
from ganarium.training.given_parts import with_given_parts

VariantSettings = Sequence[str] | Mapping[str, Any] | Experiment


def seed_list(seeds: int | Iterable[int]) -> list[int]:
    """Return the seeds, given their number or the seeds themselves."""
    if isinstance(seeds, str) or not isinstance(seeds, Iterable):
        return list(range(whole_number("seeds", seeds, 1)))
    return [whole_number("seeds", seed, 0) for seed in seeds]


def grid_values(grid: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the values of each setting of a grid, by its dotted name."""
    _refuse_no_table("grid", grid)
    values = {name: some.tolist() if hasattr(some, "tolist") else some for name, some in flatten(grid)}
    for name, some in values.items():
        if isinstance(some, str) or not isinstance(some, Iterable):
            raise UsageError(f"{named(f'grid: {name}', some)}: pass a list of values, for example [1e-3, 1e-4]")
    return {name: [_plain(name, value) for value in some] for name, some in values.items()}


def _plain(name: str, value: Any) -> Any:
    """Return one value of a setting as plain data. Raises `SettingsError` for an object."""
    words_of({name: value})
    return "none" if value is None else value.item() if hasattr(value, "item") else value


def variant_words(variants: Mapping[str, VariantSettings], planned: Study) -> dict[str, list[str]]:
    """Return the settings of each variant as words."""
    _refuse_no_table("variants", variants)
    return {str(name): _words(str(name), variant, planned) for name, variant in variants.items()}


def _words(name: str, variant: VariantSettings, planned: Study) -> list[str]:
    if isinstance(variant, Experiment):
        differing = words_between(override(planned.base, planned.settings), variant)
        return [word for word in differing if not word.startswith("seed=")]
    if isinstance(variant, Mapping):
        return words_of(with_given_parts(variant))
    if isinstance(variant, list | tuple) and all(isinstance(word, str) for word in variant):
        return [*variant]
    raise UsageError(
        f"{named(f'variants: {name}', variant)}: pass a list of settings, for example ['optim.lr=1e-3'], "
        "or a dict of keyword settings"
    )


def _refuse_no_table(argument: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise UsageError(f"{named(argument, value)}: pass a dict")
