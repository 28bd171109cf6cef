"""Parts that a script passes as objects, without registration: settings that identify them, and the objects.

A run records the qualified name of such a part, a hash of its source and a hash of its initial state, but not the part
itself. The objects live as long as the process; in another process they must be passed again.
"""

from __future__ import annotations

from copy import deepcopy
from inspect import isclass, isfunction, signature
from typing import Any, Literal

from pydantic import Field

from ganarium.config.base import Config, ScheduledConfig
from ganarium.config.layers import DiscriminatorConfig, OwnGeneratorConfig
from ganarium.core.errors import SettingsError

Identity = tuple[str, str, str]
GIVEN: dict[Identity, Any] = {}  # objects of this process by identity


class GivenConfig(Config):
    """Settings that identify a part passed as an object."""

    part: str = Field(description="qualified name of the class or functions")
    source: str = Field("", description="hash of the source code; empty if the source is not available")
    state: str = Field("", description="hash of the initial weights or attributes; empty for a class or function")

    @property
    def identity(self) -> Identity:
        """Return the key of the object."""
        return self.part, self.source, self.state


class GivenGeneratorConfig(GivenConfig, OwnGeneratorConfig):
    """A generator passed from Python: a module, or a class or function that returns one."""

    kind: Literal["custom"] = "custom"


class GivenDiscriminatorConfig(GivenConfig, DiscriminatorConfig):
    """A discriminator passed from Python: a module, or a class or function that returns one."""

    kind: Literal["custom"] = "custom"


class GivenRemedyConfig(GivenConfig, ScheduledConfig):
    """A remedy passed from Python."""

    changes_networks: bool = Field(True, description="whether the networks cannot be rebuilt without the remedy")


class GivenAugmentConfig(GivenConfig):
    """A function passed from Python that augments each training batch of real samples."""


def given_object(settings: GivenConfig) -> Any:
    """Return the object that the settings identify; raises `SettingsError` if this process does not have it."""
    if settings.identity not in GIVEN:
        name = "augment" if isinstance(settings, GivenAugmentConfig) else "generator"
        again = f"ganarium.resume(run, {name}=…)"
        if name == "generator":
            again = f"{again} or ganarium.load(run, generator=…)"
        raise SettingsError(
            f"the part {settings.part} was passed from Python and is not available here: pass it again, for example "
            f"{again}"
        )
    return GIVEN[settings.identity]


def recall(settings: GivenConfig, **given: Any) -> Any:
    """Return a fresh copy of the object that the settings identify, or the result of calling a class or function.

    given: arguments for a class or function, which receives those that it accepts

    Raises `SettingsError` if this process does not have the object.
    """
    part = given_object(settings)
    if not (isclass(part) or isfunction(part)):
        return deepcopy(part)
    accepted = signature(part).parameters
    return part(**{name: value for name, value in given.items() if name in accepted})
