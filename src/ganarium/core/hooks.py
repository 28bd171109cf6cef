"""Check of the names of hooks, which are methods that a subclass overrides."""

from difflib import get_close_matches
from types import FunctionType

from ganarium.core.errors import UsageError

SIMILAR = 0.85  # of difflib; "discriminator_terms" and "discriminator_term" have 0.97


def refuse_misspelt_hooks(subclass: type, base: type) -> None:
    """Raise `UsageError` if a subclass defines a public method whose name is almost that of a method of its base.

    Such a method would never be called.

    >>> class Observer:
    ...     def on_span(self, span): ...
    >>> class Diary(Observer):
    ...     def on_spans(self, span): ...
    >>> refuse_misspelt_hooks(Diary, Observer)
    Traceback (most recent call last):
    ganarium.core.errors.UsageError: Diary.on_spans is not a hook; did you mean on_span? Start the names of helpers ...
    """
    hooks = _public_methods(base)
    for name in _public_methods(subclass):
        near = [] if name in hooks else get_close_matches(name, hooks, n=1, cutoff=SIMILAR)
        if near:
            raise UsageError(
                f"{subclass.__name__}.{name} is not a hook; did you mean {near[0]}? Start the names of helpers with _"
            )


def _public_methods(owner: type) -> list[str]:
    methods = (FunctionType, staticmethod, classmethod)
    return [name for name, value in vars(owner).items() if isinstance(value, methods) and not name.startswith("_")]
