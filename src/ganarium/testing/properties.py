"""Properties of a part: functions that yield one sentence for each fault, and the error that lists all of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ganarium.config.own_part import OwnPart
from ganarium.config.registry import Registry
from ganarium.core.errors import GanariumError, failure

Property = Callable[[], Iterable[str]]


class CheckError(AssertionError):
    """Error for a part that lacks required properties; the message lists them, one per line."""


def require(what: str, properties: Mapping[str, Property]) -> None:
    """Test all properties, by name; raise `CheckError` with one line for each fault.

    A property that raises an exception has failed. A fault that several properties find is listed once.
    """
    faults: dict[str, str] = {}
    for name, find in properties.items():
        for sentence in _faults(find):
            faults.setdefault(sentence, name)
    if faults:
        lines = [f"- {name}: {sentence}" for sentence, name in faults.items()]
        raise CheckError(
            "\n".join([f"{what} lacks {len(set(faults.values()))} of {len(properties)} properties:", *lines])
        )


def _faults(find: Property) -> Iterator[str]:
    try:
        yield from find()
    except GanariumError as error:
        yield str(error)
    except Exception as error:  # user code may raise anything
        yield f"failed with {failure(error)}"


def registered_name(registry: Registry[Any], part: object) -> str | None:
    """Return the name of a part, given its name or the registered function or class; None if it is not registered."""
    if isinstance(part, str):
        return registry[part].name
    codes = ((entry.name, entry.code) for entry in registry.values() if entry.code is not None)
    return next((name for name, code in codes if part is (code.function if isinstance(code, OwnPart) else code)), None)


def unregistered_name(noun: str, part: object) -> str:
    """Return a name of a part that is not registered, for messages."""
    return f"{noun} {getattr(part, '__qualname__', type(part).__qualname__)}"
