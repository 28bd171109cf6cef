"""Contracts that hold for every entry of every catalog, present and future."""

from importlib import import_module
from inspect import cleandoc
from pkgutil import iter_modules

import pytest
from pydantic import ValidationError

import ganarium.config
from ganarium.config.base import Config
from ganarium.config.observers import OBSERVERS
from ganarium.config.registry import Entry, Registry
from ganarium.config.remedies import REMEDIES
from ganarium.core.errors import UnknownNameError, UsageError
from ganarium.recipes import RECIPES, find_recipe

MODULES = [import_module(f"ganarium.config.{module.name}") for module in iter_modules(ganarium.config.__path__)]
CATALOGS = {name: value for module in MODULES for name, value in vars(module).items() if isinstance(value, Registry)}
ENTRIES = [pytest.param(e, id=f"{name}-{e.name}") for name, catalog in CATALOGS.items() for e in catalog.values()]

every_entry = pytest.mark.parametrize("entry", ENTRIES)


def test_all_catalogs_are_found():
    known = {
        "DATA",
        "GENERATORS",
        "DISCRIMINATORS",
        "OBJECTIVES",
        "GAMES",
        "UPDATES",
        "OPTIMIZERS",
        "REMEDIES",
        "OBSERVERS",
    }
    assert known <= CATALOGS.keys()


# what has no default
NEEDED = {
    name: {name: "/somewhere"}
    for name in ("folder", "array", "mapped", "csv", "parquet", "idx", "cifar", "coordinates")
}
NEEDED |= {name: {"path": "/somewhere"} for name in ("kmnist", "emnist")}


def default_settings(entry: Entry[Config]) -> Config:
    needed = NEEDED.get(entry.name, {})
    return entry.settings(**{name: value for name, value in needed.items() if name in entry.settings.model_fields})


@every_entry
def test_the_code_is_where_the_entry_says(entry: Entry[Config]):
    assert entry.load() is not None


@every_entry
def test_an_entry_explains_itself_in_one_line(entry: Entry[Config]):
    assert 0 < len(entry.line) <= 100
    assert "\n" not in entry.line + entry.paper
    assert not entry.line.endswith(".")


@every_entry
def test_its_settings_have_words_of_their_own(entry: Entry[Config]):
    assert cleandoc(entry.settings.__dict__["__doc__"]).endswith(".")


@every_entry
def test_its_defaults_are_valid_and_frozen(entry: Entry[Config]):
    settings = default_settings(entry)
    assert entry.settings.model_validate(settings.model_dump()) == settings
    for name in entry.settings.model_fields:
        with pytest.raises(ValidationError):
            setattr(settings, name, getattr(settings, name))


PARTS = [entry for name, registry in CATALOGS.items() if name != "DATA" for entry in registry.values()]


@pytest.mark.parametrize("entry", PARTS, ids=lambda entry: entry.name)
def test_each_of_its_settings_has_a_description(entry: Entry[Config]):
    fields = entry.settings.model_fields
    assert [name for name, field in fields.items() if not field.description and name != "kind"] == []


@every_entry
def test_its_settings_refuse_a_field_that_is_not_there(entry: Entry[Config]):
    with pytest.raises(ValidationError):
        entry.settings.model_validate({"nonsense": 1})


@pytest.mark.parametrize(
    "catalog", [c for c in CATALOGS.values() if c not in (REMEDIES, OBSERVERS)], ids=lambda c: c.noun
)
def test_the_kind_of_settings_is_the_name_of_their_entry(catalog: Registry[Config]):
    for name, entry in catalog.items():
        assert entry.name == name
        assert default_settings(entry).kind == name  # type: ignore[attr-defined]


@pytest.mark.parametrize("entry", REMEDIES.values(), ids=REMEDIES)
def test_every_remedy_names_a_valid_neutral_value_that_is_not_its_default(entry: Entry[Config]):
    assert entry.neutral
    assert entry.settings(**entry.neutral) != entry.settings()


@pytest.mark.parametrize("catalog", CATALOGS.values(), ids=CATALOGS)
def test_a_misspelt_name_is_answered_with_the_right_one(catalog: Registry[Config]):
    for name in catalog:
        with pytest.raises(UnknownNameError) as refusal:
            catalog[name + "x"]
        assert f"no {catalog.noun} named '{name}x'" in str(refusal.value)
        assert name in str(refusal.value).partition("; ")[2]


def test_a_name_far_from_all_is_answered_with_all():
    with pytest.raises(UnknownNameError) as refusal:
        REMEDIES["0"]
    assert all(name in str(refusal.value) for name in REMEDIES)


def test_an_unknown_name_is_a_usage_error_and_a_key_error():
    assert issubclass(UnknownNameError, UsageError)
    assert issubclass(UnknownNameError, KeyError)
    assert REMEDIES.get("nonsense") is None
    assert "nonsense" not in REMEDIES


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_found_by_name_and_signs_its_experiment(name: str):
    assert find_recipe(name).experiment().recipe == name
    with pytest.raises(UnknownNameError, match=f"did you mean {name}"):
        find_recipe(name + "x")
