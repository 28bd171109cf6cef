"""Registries that map names of data sets, networks, remedies and other parts to their settings and code.

An entry contains no code, only descriptions, a torch-free settings model and the location of the code, so that
validation, help and listings never import torch.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import GetCoreSchemaHandler, ValidatorFunctionWrapHandler
from pydantic_core import CoreSchema, core_schema

from ganarium.config.base import Config, second_names
from ganarium.core.errors import UnknownNameError, UsageError

S = TypeVar("S", bound=Config, covariant=True)


@dataclass(frozen=True)
class Requires:
    """Requirements of a remedy on the rest of an experiment, checked by `config.requirements`.

    images: data that are images rather than points
    latents: a generator that maps latents to samples
    unconditional: a generator that receives no labels
    no_classes: a game whose generator receives no labels and whose discriminator predicts none
    probabilities: an objective whose discriminator loss is the cross-entropy of sigmoid(logit)
    signed_logits: an objective for which logits above 0 mean real
    independent_samples: a discriminator whose logits each depend on a single sample
    nonzero_initial_weights: a discriminator without layers whose weights all start at 0
    excludes: names of remedies that cannot be used at the same time, with the reason
    """

    images: bool = False
    latents: bool = False
    unconditional: bool = False
    no_classes: bool = False
    probabilities: bool = False
    signed_logits: bool = False
    independent_samples: bool = False
    nonzero_initial_weights: bool = False
    excludes: Mapping[str, str] = field(default_factory=dict)


NO_REQUIREMENTS = Requires()


@dataclass(frozen=True)
class Entry(Generic[S]):
    """A registered part: name, one-line description, paper, settings model and location of the code.

    `target` is "module:attribute" inside `ganarium`. `neutral` holds the settings with which a remedy has no effect.
    `code` is the user's function or class, for a part registered outside ganarium; `target` is then the adapter that is
    called with it. `origin` is the module that registered the part, and empty for parts of ganarium; `part` is
    the qualified name of the function or class.
    """

    name: str
    line: str
    paper: str
    settings: type[S]
    target: str
    neutral: Mapping[str, Any] | None = None
    requires: Requires = NO_REQUIREMENTS
    code: Callable[..., Any] | None = None
    origin: str = ""
    part: str = ""

    def load(self) -> Any:
        """Import and return the code of the part; may import torch."""
        module, attribute = self.target.split(":")
        loaded = getattr(import_module(f"ganarium.{module}"), attribute)
        return loaded if self.code is None else partial(loaded, self.code)


class Registry(Mapping[str, Entry[S]]):
    """Ordered mapping of names to entries; unknown names raise `UnknownNameError`.

    given: entry of parts that are passed as objects, which have no name of their own; found by name, but not listed
    changed: called after an entry is added, so that settings models accept its name
    """

    changed: ClassVar[Callable[[], None]] = staticmethod(lambda: None)

    def __init__(self, noun: str, *entries: Entry[S], given: Entry[Any] | None = None) -> None:
        self.noun, self.given = noun, given
        self._entries = {entry.name: entry for entry in entries}

    def add(self, entry: Entry[Any]) -> None:
        """Add an entry after all others. Raises `UsageError` if its name is taken."""
        if self.given is not None and entry.name == self.given.name:
            raise UsageError(f"{self.noun} {entry.name!r}: this name is reserved; choose another name")
        known = self._entries.get(entry.name)
        if known is not None and not _is_same_part(known, entry):
            by = _place_of(known.origin)
            raise UsageError(f"{self.noun} {entry.name!r} is already registered by {by}: choose another name")
        self._entries[entry.name] = entry
        Registry.changed()

    def selected_by(self, setting: str) -> str | None:
        """Return the name of the entry that a setting selects, as `folder=PATH` selects `folder`; None for others."""
        also = (entry.name for entry in self.values() if setting in second_names(entry.settings))
        return next(also, setting if setting in self else None)

    def restore(self, entries: Iterable[Entry[Any]]) -> None:
        """Restore earlier entries, after a plug-in failed."""
        self._entries = {entry.name: entry for entry in entries}
        Registry.changed()

    def __getitem__(self, name: str) -> Entry[S]:
        if self.given is not None and name == self.given.name:
            return self.given
        try:
            return self._entries[name]
        except KeyError:
            raise UnknownNameError(self.noun, name, self) from None

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def _place_of(origin: str) -> str:
    """Return the file of the module that registered a part, or its name, as for a notebook."""
    return getattr(sys.modules.get(origin), "__file__", None) or origin or "ganarium"


def _is_same_part(known: Entry[Any], new: Entry[Any]) -> bool:
    """Return whether a part is registered again, as by a notebook cell that is run twice."""
    return bool(known.origin) and (known.origin, known.part) == (new.origin, new.part)


@dataclass(frozen=True)
class OneOf:
    """Annotation of a field with the settings of one registry entry, which the key `kind` selects.

    `data = "lines"` is short for `data = {kind = "lines"}`, and the key in `data = {folder = PATH}` implies
    `kind = "folder"`.
    """

    registry: Registry[Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        entries = [*self.registry.values(), *([self.registry.given] if self.registry.given else [])]
        choices = {entry.name: handler.generate_schema(entry.settings) for entry in entries}
        union = core_schema.tagged_union_schema(choices, discriminator="kind")
        return core_schema.no_info_before_validator_function(self._with_kind, union)

    def _with_kind(self, value: Any) -> Any:
        if isinstance(value, str):
            return {"kind": value}
        keys = value if isinstance(value, Mapping) else ()
        named = [name for name in map(self.registry.selected_by, keys) if name is not None]
        return {"kind": named[0]} | value if len(named) == 1 and "kind" not in value else value


@dataclass(frozen=True)
class TableOf:
    """Annotation of a field with the settings of any number of registry entries, by name.

    The value `true` stands for an entry's defaults; `false` removes the entry.
    """

    registry: Registry[Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        fields = {
            name: core_schema.typed_dict_field(handler.generate_schema(entry.settings), required=False)
            for name, entry in self.registry.items()
        }
        table = core_schema.typed_dict_schema(fields, extra_behavior="forbid")
        plain = core_schema.plain_serializer_function_ser_schema(_as_plain_tables)
        return core_schema.no_info_wrap_validator_function(self._validated, table, serialization=plain)

    def _validated(self, value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
        """Expand switches, and validate the settings of parts that are passed as objects, whose names are free."""
        if not isinstance(value, Mapping):
            return validate(value)
        switched = {name: {} if entry is True else entry for name, entry in value.items() if entry is not False}
        given = {name: entry for name, entry in switched.items() if self._is_given(entry)}
        known: dict[str, Any] = validate({name: entry for name, entry in switched.items() if name not in given})
        assert self.registry.given is not None or not given
        settings = self.registry.given.settings if self.registry.given else Config
        return known | {name: settings.model_validate(entry) for name, entry in given.items()}

    def _is_given(self, entry: Any) -> bool:
        """Return whether a table identifies a part that is passed as an object."""
        given = self.registry.given
        if given is None:
            return False
        return isinstance(entry, given.settings) or (
            isinstance(entry, Mapping) and {"part", "source", "state"} <= entry.keys()
        )


def _as_plain_tables(table: Mapping[str, Config]) -> dict[str, Any]:
    return {name: settings.model_dump(mode="json", exclude_none=True) for name, settings in table.items()}
