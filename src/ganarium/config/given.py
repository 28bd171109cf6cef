"""Parts that a script passes as objects, without registration: settings that identify them, and the objects.

A run records the qualified name of such a part, a hash of its source and a hash of its initial state, but not the part
itself. Copies of the objects exist only in this process; in another process they must be passed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from importlib import import_module
from inspect import isclass, isfunction, signature
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from ganarium.config.base import Config, ScheduledConfig
from ganarium.config.layers import DiscriminatorConfig, OwnGeneratorConfig
from ganarium.core.errors import SettingsError, brief

if TYPE_CHECKING:
    from ganarium.config.experiment import Experiment

Identity = tuple[str, str, str]
GIVEN: dict[Identity, Any] = {}  # copies of the objects passed in this process, by identity
STAND_INS: dict[Identity, list[str]] = {}  # identities of objects that differ from those recorded, and how they differ


class GivenConfig(Config):
    """Settings that identify a part passed as an object.

    again: how the part is passed again in another process
    """

    again: ClassVar[str]

    part: str = Field(description="qualified name of the class or functions")
    source: str = Field("", description="hash of the code and of the file that defines it")
    state: str = Field("", description="hash of the initial weights, attributes and enclosed values; empty if none")

    @property
    def identity(self) -> Identity:
        """Return the key of the object."""
        return self.part, self.source, self.state


class GivenGeneratorConfig(GivenConfig, OwnGeneratorConfig):
    """A generator passed from Python: a module, or a class or function that returns one."""

    again = "ganarium.resume(run, generator=…) or ganarium.load(run, generator=…)"

    kind: Literal["custom"] = "custom"


class GivenDiscriminatorConfig(GivenConfig, DiscriminatorConfig):
    """A discriminator passed from Python: a module, or a class or function that returns one."""

    again = "ganarium.resume(run, discriminator=…) or ganarium.load(run, discriminator=…)"

    kind: Literal["custom"] = "custom"


class GivenRemedyConfig(GivenConfig, ScheduledConfig):
    """A remedy passed from Python."""

    again = 'ganarium.resume(run, remedies={"NAME": …}) or ganarium.load(run, remedies={"NAME": …})'

    changes_networks: bool = Field(True, description="whether the networks cannot be rebuilt without the remedy")


class GivenAugmentConfig(GivenConfig):
    """A function passed from Python that augments each training batch of real samples."""

    again = "ganarium.resume(run, augment=…)"


def given_object(settings: GivenConfig) -> Any:
    """Return the object that the settings identify; raises `SettingsError` if this process does not have it."""
    if settings.identity not in GIVEN:
        raise SettingsError(
            f"the part {settings.part} was passed from Python and is not available here: pass it again, as "
            f"{settings.again}"
        )
    return GIVEN[settings.identity]


def recall(settings: GivenConfig, **given: Any) -> Any:
    """Return a fresh copy of the object that the settings identify, or the result of calling a class or function.

    given: arguments for a class or function, which receives those that it accepts

    Raises `SettingsError` if this process does not have the object.
    """
    part = given_object(settings)
    if not (isclass(part) or isfunction(part)):
        return copied(part, settings.part)
    accepted = signature(part).parameters
    return part(**{name: value for name, value in given.items() if name in accepted})


def copied(part: Any, name: str) -> Any:
    """Return a copy of an object, or a function or class itself. Raises `SettingsError` if it cannot be copied."""
    try:
        return deepcopy(part)
    except Exception as error:  # user code may raise anything
        raise SettingsError(
            f"the part {name} cannot be copied ({brief(error)}): each run trains a copy of it; "
            "remove attributes that cannot be copied, or create them on first use"
        ) from error


def given_parts(experiment: Experiment) -> dict[str, GivenConfig]:
    """Return the settings of an experiment's parts that were passed as objects, by keyword, such as "remedies.mine"."""
    parts = {name: getattr(experiment, name) for name in ("generator", "discriminator", "objective", "augment")}
    parts |= {f"remedies.{name}": settings for name, settings in experiment.remedies.items()}
    return {name: settings for name, settings in parts.items() if isinstance(settings, GivenConfig)}


def unused_for_samples(experiment: Experiment) -> set[str]:
    """Return the names of the remedies passed as objects that do not change networks, so that samples need none."""
    return {
        name
        for name, settings in experiment.remedies.items()
        if isinstance(settings, GivenRemedyConfig) and not settings.changes_networks
    }


def call_with_parts(function: str, run: object, names: Iterable[str]) -> str:
    """Return the Python call that passes the named parts of a run again.

    >>> call_with_parts("resume", "runs/n1", ["generator", "remedies.mine"])
    "ganarium.resume('runs/n1', generator=…, remedies={'mine': …})"
    """
    names = [*names]
    remedies = ", ".join(f"{name.partition('.')[2]!r}: …" for name in names if name.startswith("remedies."))
    words = [f"{name}=…" for name in names if not name.startswith("remedies.")]
    words += [f"remedies={{{remedies}}}"] if remedies else []
    return f"ganarium.{function}({', '.join([repr(str(run)), *words])})"


def is_table(value: Any) -> bool:
    """Return whether a keyword setting is a name, a table or a settings object, not a part."""
    return value is None or isinstance(value, str | Mapping | Config)


def settings_of_parts(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return keyword settings with parts that are objects replaced by the settings that identify them.

    Without such parts, torch is not imported.
    """
    remedies = settings.get("remedies")
    values = [settings.get(name) for name in ("generator", "discriminator", "objective", "augment")]
    values += [part for part in remedies.values() if part not in (True, False)] if isinstance(remedies, Mapping) else []
    if all(map(is_table, values)) and is_table(remedies):
        return settings
    replaced: Mapping[str, Any] = import_module("ganarium.training.given_parts").with_given_parts(settings)
    return replaced
