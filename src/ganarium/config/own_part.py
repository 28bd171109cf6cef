"""A function or class of the user as a part: its parameters become a settings model."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from inspect import Parameter, cleandoc, isclass, signature
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel, create_model
from pydantic.errors import PydanticUserError
from pydantic_core import to_jsonable_python

from ganarium.config.base import Config, RemedyConfig
from ganarium.config.observers import ObserverConfig
from ganarium.core.errors import UsageError, brief

VARIADIC = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


@dataclass(frozen=True)
class OwnPart:
    """A user's function or class, and how it is called.

    settings: dataclass or pydantic model of which it receives an instance; None if it receives settings by name
    takes: names of its parameters that are not settings
    source: hash of its code and values when it was registered
    """

    function: Callable[..., Any]
    settings: type[Any] | None
    takes: frozenset[str]
    source: str

    def __call__(self, config: Config, **given: Any) -> Any:
        """Call the function or class with its settings, and with those of the `given` values that it takes."""
        values = {name: given.get(name, getattr(config, name, None)) for name in self.takes}
        names = [name for name in parameters_of(self.settings or self.function) if name not in self.takes]
        own = {name: getattr(config, name) for name in names}
        if self.settings is None:
            return self.function(**own, **values)
        return self.function(self.settings(**own), **values)


def settings_model(noun: str, name: str, base: type[Config], part: OwnPart) -> type[Config]:
    """Return a settings model with the parameters of a part and the settings of its base model."""
    what = f"{noun} {name!r}"
    source = part.settings or part.function
    if isclass(source) and issubclass(source, BaseModel):
        own = {field: (info.annotation, info) for field, info in source.model_fields.items()}
    else:
        parameters = parameters_of(source).items()
        own = {field: _field(what, field, given) for field, given in parameters if field not in part.takes}
    clash = sorted(own.keys() & base.model_fields.keys())
    if clash:
        raise UsageError(f"{what}: the setting {clash[0]!r} already exists for every {noun}; rename it")
    kind: dict[str, Any] = {} if issubclass(base, RemedyConfig | ObserverConfig) else {"kind": (Literal[name], name)}
    title = "".join(word.title() for word in re.split("[-_]", name))
    try:
        model: type[Config] = create_model(
            f"{title}Config", __base__=base, __doc__=cleandoc(part.function.__doc__ or name), **kind | own
        )
    except PydanticUserError as error:
        raise UsageError(f"{what}: invalid settings: {brief(error)}; use types that pydantic supports") from None
    return model


def parameters_of(source: Callable[..., Any]) -> dict[str, tuple[Any, Any]]:
    """Return the parameters of a function, class, dataclass or pydantic model: (annotation, default) by name."""
    if isclass(source) and issubclass(source, BaseModel):
        return {name: (info.annotation, info.default) for name, info in source.model_fields.items()}
    function = source.__init__ if isclass(source) else source
    try:
        hints = get_type_hints(function, include_extras=True)
    except Exception as error:
        name = getattr(source, "__qualname__", "")
        raise UsageError(f"{name}: its annotations cannot be resolved: {brief(error)}; import the types") from error
    given = [each for each in signature(source).parameters.values() if each.kind not in VARIADIC]
    return {each.name: (hints.get(each.name, Parameter.empty), each.default) for each in given}


def _field(what: str, name: str, given: tuple[Any, Any]) -> tuple[Any, Any]:
    """Return a parameter as the field of a settings model; without annotation, it has the type of its default."""
    annotation, default = given
    if annotation is Parameter.empty:
        if default is Parameter.empty or default is None:
            raise UsageError(f"{what}: parameter {name!r} has neither a type nor a default; add one")
        annotation = type(default)
    if type(None) in get_args(_without_notes(annotation)) and default is not None:
        raise UsageError(
            f"{what}: parameter {name!r} may be None, which a run does not record; make None its default, or use "
            "another value"
        )
    if default is not Parameter.empty:
        try:
            to_jsonable_python(default)
        except ValueError as error:
            raise UsageError(
                f"{what}: parameter {name!r} has a default that a run cannot record: {brief(error)}; use a number, a "
                "string or a list, for example the name of a class"
            ) from None
    return annotation, ... if default is Parameter.empty else default


def _without_notes(annotation: Any) -> Any:
    """Return the type of an annotation that may have notes, as Annotated[type, notes]."""
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
