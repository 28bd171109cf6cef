"""One-line messages for pydantic validation errors, with the invalid key and the nearest valid key."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from ganarium.config.base import Config
from ganarium.config.experiment import Experiment
from ganarium.config.registry import OneOf, TableOf
from ganarium.config.remedies import REMEDIES
from ganarium.config.remedies.related_settings import CHOICES
from ganarium.core.errors import suggestion

LIST_REMEDIES = "To list all remedies, run: ganarium remedies"
FROM_PYTORCH = {  # usual names in PyTorch code -> settings; lengths are numbers of generator updates, not epochs
    "lr": "optim.lr",
    "learning_rate": "optim.lr",
    "betas": "optim.beta1 and optim.beta2",
    "optimizer": "optim",
    "batch_size": "train.batch",
    "epochs": "train.steps, a number of generator updates",
    "num_epochs": "train.steps, a number of generator updates",
    "num_steps": "train.steps",
    "steps": "train.steps",
    "loss": "objective",
    "criterion": "objective",
    "device": "engine.device",
    "latent_dim": "generator.latent",
    "dataset": "data",
}
LONGEST = 300  # maximum number of characters in a message


def first_error(error: ValidationError, values: Mapping[str, Any]) -> str:
    """Return a one-line message for the first validation error."""
    line = _message(error, values)
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def _message(error: ValidationError, values: Mapping[str, Any]) -> str:
    first = error.errors(include_url=False)[0]
    key = ".".join(_real_path(first["loc"]))
    given = first["input"]
    match first["type"]:
        case "extra_forbidden":
            return f"no setting named {key!r}{_nearest_key(key, values)}"
        case "union_tag_invalid":
            names = [name.strip("'") for name in str(first["ctx"]["expected_tags"]).split(", ")]
            return f"{key}: unknown name {first['ctx']['tag']!r}{suggestion(str(first['ctx']['tag']), names)}"
        case "union_tag_not_found":
            return f"{key}: the kind is not specified; write {key}=NAME or {key}.kind=NAME"
        case "literal_error":
            names = [name.strip("' ") for name in str(first["ctx"]["expected"]).replace(" or ", ", ").split(",")]
            return f"{key}={_short(given)}: must be {first['ctx']['expected']}{_near_value(given, names)}"
        case "missing":
            return f"{key}: this required setting is missing; add {key}=…"
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"{key}={_short(given)}: {_table_expected(key, values)}"
        case "value_error":
            return f"{key}: {first['ctx']['error']}" if key else str(first["ctx"]["error"])
        case _:
            return f"{key}={_short(given)}: {first['msg'][0].lower()}{first['msg'][1:]}"


def _real_path(loc: tuple[int | str, ...]) -> list[str]:
    """Return the path of an error location, without the union tags that pydantic inserts."""
    field = Experiment.model_fields.get(str(loc[0])) if loc else None
    tagged = field is not None and any(isinstance(note, OneOf) for note in field.metadata)
    return [str(place) for position, place in enumerate(loc) if not (tagged and position == 1)]


def _nearest_key(key: str, values: Mapping[str, Any]) -> str:
    keys = list(dict.fromkeys(known_keys(values)))
    parent, dot, last = key.rpartition(".")
    siblings = [known.rpartition(".")[2] for known in keys if known.rpartition(".")[0] == parent]
    usual = FROM_PYTORCH.get(last, "")
    if usual and usual.startswith(parent):
        return f"; use {usual}"
    if parent == "remedies" and not get_close_matches(last, siblings, cutoff=0.8):
        return _suggested_remedy(last)
    near = get_close_matches(last, siblings, n=1, cutoff=0.55)
    if near:
        return f"; did you mean {parent}{dot}{near[0]}?"
    return f"; the settings of {parent} are {', '.join(siblings)}" if parent and siblings else suggestion(key, keys)


def _suggested_remedy(name: str) -> str:
    """Return a suggestion: the remedy or other setting whose name and paper share the most words with `name`."""
    called = {f"remedies.{entry.name}=true": f"{entry.name} {entry.paper}" for entry in REMEDIES.values()}
    called |= {choice.setting: f"{choice.setting} {choice.paper}" for choice in CHOICES}
    shared = {words: len(_words_of(name) & _words_of(text)) for words, text in called.items()}
    nearest = max(shared, key=lambda words: shared[words])
    return f"; did you mean {nearest}? {LIST_REMEDIES}" if shared[nearest] else f". {LIST_REMEDIES}"


def _words_of(name: str) -> set[str]:
    return set(re.findall(r"[a-z]+\d?", name.lower()))


def _table_expected(key: str, values: Mapping[str, Any]) -> str:
    """Return the message for a single value given in place of a table of settings."""
    inner = [known for known in known_keys(values) if known.startswith(f"{key}.")]
    ways = [f"{known}=…" for known in inner[:1]] + [f"{key}=true"] * key.startswith(("remedies.", "observers."))
    return f"expected a table of settings; write {' or '.join(ways)}" if ways else "expected a table of settings"


def _near_value(given: Any, names: list[str]) -> str:
    offer = suggestion(str(given), names)
    return offer if "did you mean" in offer else ""


def _short(value: Any) -> str:
    text = value if isinstance(value, str) and value.isprintable() else repr(value)
    return text if len(text) <= 40 else text[:37] + "…"


def known_keys(values: Mapping[str, Any], model: type[Config] = Experiment, prefix: str = "") -> Iterator[str]:
    """Yield every dotted key that an experiment accepts, given the kinds in `values`."""
    for name, field in model.model_fields.items():
        yield prefix + name
        for path, settings in _parts(prefix + name, field, values.get(name)):
            if path != prefix + name:
                yield path
            yield from known_keys({}, settings, f"{path}.")


def _parts(key: str, field: FieldInfo, value: Any) -> list[tuple[str, type[Config]]]:
    for note in field.metadata:
        if isinstance(note, OneOf):
            kind = value.get("kind") if isinstance(value, Mapping) else value
            given = note.registry.given
            known = [*note.registry.values(), *([given] if given else [])]
            entries = [entry for entry in known if entry.name == kind] or note.registry.values()
            return [(key, entry.settings) for entry in entries]
        if isinstance(note, TableOf):
            return [(f"{key}.{entry.name}", entry.settings) for entry in note.registry.values()]
    if isinstance(field.annotation, type) and issubclass(field.annotation, Config):
        return [(key, field.annotation)]
    return []
