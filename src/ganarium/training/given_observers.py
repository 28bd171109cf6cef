"""Observers passed from Python: names and settings of registered observers, which a run records, and objects."""

from collections.abc import Iterable, Mapping
from typing import Any

from ganarium.config.base import Config
from ganarium.core.errors import UsageError
from ganarium.training.attached_observer import refuse_other
from ganarium.training.observers import Observer

Observers = Mapping[str, Any] | Iterable[Observer | str]


def divided(settings: Mapping[str, Any]) -> tuple[list[Observer], dict[str, Any]]:
    """Divide keyword settings into the observers that are objects, and settings with a table of the other observers.

    `observers` is a table of registered observers, such as {"csv": True}, or a list of names and objects. A run records
    the table, but not the objects, which have to be passed again when it is resumed.

    Raises `UsageError` for anything else.
    """
    rest = {name: value for name, value in settings.items() if name != "observers"}
    given = settings.get("observers")
    if given is None:
        return [], rest
    if isinstance(given, Mapping | Config):
        return [], rest | {"observers": given}
    listed = _listed(given)
    objects = observer_objects([each for each in listed if not isinstance(each, str)])
    names = [each for each in listed if isinstance(each, str)]
    return objects, rest | ({"observers": dict.fromkeys(names, True)} if names else {})


def observer_objects(given: Any) -> list[Observer]:
    """Return a list of observers, which is empty for None. Raises `UsageError` for anything else."""
    observers = [] if given is None else _listed(given)
    for number, each in enumerate(observers):
        if isinstance(each, str):
            raise UsageError(f"observers: {each!r} is a name: to record this observer, pass 'observers.{each}=true'")
        refuse_other(each)
        if any(each is other for other in observers[:number]):
            raise UsageError(f"observers: {type(each).__name__} is listed twice; remove one of them")
    return observers


def _listed(given: Any) -> list[Any]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise UsageError(f"observers={given!r}: pass a list, for example observers=[MyObserver()] or observers=['csv']")
    return list(given)
