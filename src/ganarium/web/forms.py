"""The form with which an experiment is planned, generated from the settings models, without importing torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from ganarium.config.base import Config
from ganarium.config.experiment import Experiment
from ganarium.config.overrides import flatten, override, parse_override, plain
from ganarium.config.registry import Entry, OneOf, Registry, TableOf
from ganarium.config.requirements import unmet
from ganarium.core.errors import SettingsError
from ganarium.core.escape import command
from ganarium.recipes import RECIPES, find_recipe

GROUPS = (
    *("train", "data", "generator", "discriminator", "objective", "game"),
    *("optim", "update", "remedies", "record", "engine", "observers"),
)
TITLES = {"optim": "optimizer", "update": "update rule", "record": "recording"}
OWN = {"seed": "experiment", "latents": "experiment"}  # settings outside of tables
HIDDEN = frozenset(("kind", "law", "decoding"))  # the kind has a field of its own; the others exist for earlier runs
UNSET = "…"  # stands for a required text until the user writes one, such as the path of a file
MOST_WORDS, LONGEST_WORD = 200, 4_000
Field = dict[str, Any]


def planned(recipe: str, words: object) -> Experiment:
    """Return the experiment of a registered recipe with overrides. Raises `UsageError` for invalid ones."""
    return override(find_recipe(recipe).experiment(), checked_words(words))


def checked_words(words: object) -> list[str]:
    """Return overrides that cannot be mistaken for options of the command line. Raises `SettingsError`."""
    if not isinstance(words, list | tuple) or len(words) > MOST_WORDS:
        raise SettingsError(f"words: must be a list of at most {MOST_WORDS} settings, as optim.lr=1e-3")
    for word in words:
        if not isinstance(word, str) or len(word) > LONGEST_WORD or not word[:1].isalpha() or "\0" in word:
            shown = word[:40] if isinstance(word, str) else type(word).__name__
            raise SettingsError(f"words: {shown!r} is not a setting; write it as optim.lr=1e-3")
        parse_override(word)
    return [*words]


def form(recipe: str, words: Sequence[str]) -> dict[str, Any]:
    """Return the recipes, and the fields of an experiment with their values, limits and explanations.

    words: overrides; `X=KIND` selects the fields of that kind
    """
    experiment = planned(recipe, [*words, *_unset(words)])
    recipes = [{"name": one.name, "line": one.line, "source": one.source} for one in RECIPES.values()]
    first = {
        "key": "experiment",
        "title": "experiment",
        "doc": "",
        "fields": [
            field_of(name, Experiment, name, getattr(experiment, name), Experiment.model_fields[name].description or "")
            for name in OWN
        ],
    }
    return {
        "recipe": recipe,
        "recipes": recipes,
        "groups": [first, *(_group(name, experiment) for name in GROUPS)],
    }


def _unset(words: Sequence[str]) -> Iterator[str]:
    """Yield an override for each required text that the selected kinds need and `words` does not give."""
    given = {key for key, _, _ in (word.partition("=") for word in words)}
    for word in words:
        key, _, kind = word.partition("=")
        key = key.removesuffix(".kind")
        registry = _registry(key) if key in GROUPS else None
        if registry is not None and kind in registry:
            for name, setting in registry[kind].settings.model_fields.items():
                if setting.is_required() and setting.annotation is str and f"{key}.{name}" not in given:
                    yield f"{key}.{name}={UNSET}"


def _registry(name: str) -> Registry[Any] | None:
    notes = Experiment.model_fields[name].metadata
    return next((note.registry for note in notes if isinstance(note, OneOf | TableOf)), None)


def check(recipe: str, words: object) -> dict[str, Any]:
    """Return the settings of a planned experiment and the command that trains it. Raises `UsageError`."""
    experiment = planned(recipe, words)
    for reason in unmet(experiment):
        raise SettingsError(str(reason))
    settings = [{"key": key, "value": value} for key, value in flatten(plain(experiment))]
    return {"ok": True, "experiment": settings, "command": command("train", recipe, *checked_words(words))}


def explained(experiment: Experiment) -> dict[str, str]:
    """Return the explanation of each setting of an experiment, by dotted key."""
    found = {name: Experiment.model_fields[name].description or "" for name in OWN}
    for prefix, settings in _models(experiment):
        found |= {f"{prefix}.{name}": each.description or "" for name, each in settings.model_fields.items()}
    return found


def _models(experiment: Experiment) -> Iterator[tuple[str, type[Config]]]:
    for name in GROUPS:
        value = getattr(experiment, name)
        if isinstance(value, Config):
            yield name, type(value)
        elif isinstance(value, Mapping):
            yield from ((f"{name}.{part}", type(settings)) for part, settings in value.items())


def _group(name: str, experiment: Experiment) -> dict[str, Any]:
    value, title = getattr(experiment, name), TITLES.get(name, name)
    registry = _registry(name)
    if registry is None:
        return {"key": name, "title": title, "doc": _first_line(type(value)), "fields": _fields(name, value)}
    if isinstance(value, Mapping):
        fields = [field for entry in registry.values() for field in _switch(name, entry, value.get(entry.name))]
        return {"key": name, "title": title, "doc": "", "fields": fields}
    fields = [_kind_field(name, registry, value.kind), *_fields(name, value)]
    return {"key": name, "title": title, "doc": _first_line(type(value)), "fields": fields}


def _kind_field(name: str, registry: Registry[Any], kind: str) -> Field:
    entries = [*registry.values()]
    return {
        "key": f"{name}.kind",
        "type": "choice",
        "default": kind,
        "choices": [entry.name for entry in entries],
        "lines": {entry.name: entry.line for entry in entries},
        "doc": registry[kind].line,
        "source": registry[kind].paper or registry[kind].origin,
        "own": [entry.name for entry in entries if entry.origin],
        "minimum": None,
        "maximum": None,
        "optional": False,
        "kind": True,
    }


def _switch(table: str, entry: Entry[Any], settings: Config | None) -> Iterator[Field]:
    """Yield the field that switches a remedy or observer on, and its settings if it is on."""
    key = f"{table}.{entry.name}"
    switch = _field(key, "boolean", settings is not None, doc=entry.line, source=entry.paper or entry.origin)
    yield switch | {"kind": True}  # its settings are loaded when it is switched on
    if settings is not None:
        yield from _fields(key, settings)


def _fields(prefix: str, settings: Config) -> list[Field]:
    model = type(settings)
    return [
        field_of(f"{prefix}.{name}", model, name, getattr(settings, name), each.description or "")
        for name, each in model.model_fields.items()
        if name not in HIDDEN
    ]


def field_of(key: str, model: type[Config], name: str, value: Any, doc: str) -> Field:
    """Return one field of the form."""
    schema = _schema(model).get(name, {}) if model is not Experiment else _own_schema(name)
    alternatives = schema.get("anyOf", [])
    optional = any(one.get("type") == "null" for one in alternatives)
    inner = next((one for one in alternatives if one.get("type") != "null"), schema)
    kinds = {"integer": "integer", "number": "number", "boolean": "boolean", "array": "list"}
    choices = inner.get("enum") or ([inner["const"]] if "const" in inner else None)
    kind = "choice" if choices else kinds.get(inner.get("type", ""), "text")
    unset = isinstance(value, str) and value.endswith(UNSET)  # paths are absolute
    shown = list(value) if isinstance(value, tuple) else "" if unset else value
    field = _field(key, kind, shown, doc=doc)
    limits = {"minimum": _limit(inner, "minimum"), "maximum": _limit(inner, "maximum")}
    open_ends = {"above": "exclusiveMinimum" in inner, "below": "exclusiveMaximum" in inner}
    return field | limits | open_ends | {"choices": choices, "optional": optional}


def _field(key: str, kind: str, default: Any, doc: str = "", source: str = "") -> Field:
    return {
        "key": key,
        "type": kind,
        "default": default,
        "choices": None,
        "minimum": None,
        "maximum": None,
        "optional": False,
        "doc": doc,
        "source": source,
    }


def _limit(schema: Mapping[str, Any], side: str) -> float | None:
    found: float | None = schema.get(side, schema.get(f"exclusive{side.title()}"))
    return found


@cache
def _schema(model: type[Config]) -> dict[str, Any]:
    """Return the JSON schema of each field of a settings model; empty if a user's model has none."""
    try:
        found: dict[str, Any] = model.model_json_schema()["properties"]
    except Exception:  # types of a user's own part may have no JSON schema
        return {}
    return found


def _own_schema(name: str) -> dict[str, Any]:
    schemas: dict[str, dict[str, Any]] = {
        "seed": {"type": "integer", "minimum": 0},
        "latents": {"enum": ["fresh", "shared"]},
    }
    return schemas[name]


def _first_line(model: type[Config]) -> str:
    return (model.__doc__ or "").strip().partition("\n")[0]
