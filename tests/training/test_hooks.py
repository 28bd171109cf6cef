"""Names of hooks: a method that is almost named like one is refused where its class is defined."""

from typing import Any

import pytest

import ganarium
from ganarium.core.errors import UsageError


@pytest.mark.parametrize(
    ("base", "name", "hook"),
    [
        (ganarium.Remedy, "discriminator_terms", "discriminator_term"),
        (ganarium.Remedy, "after_updates", "after_update"),
        (ganarium.Observer, "on_spans", "on_span"),
        (ganarium.Observer, "observes", "observe"),
        (ganarium.UpdateRule, "update_generators", "update_generator"),
    ],
)
def test_a_method_that_is_almost_named_like_a_hook_is_refused(base: type[Any], name: str, hook: str):
    for method in (lambda self: None, staticmethod(lambda: None), classmethod(lambda cls: None)):  # noqa: ARG005
        with pytest.raises(UsageError, match=rf"^Drift\.{name} is not a hook; did you mean {hook}\? Start the names"):
            type("Drift", (base,), {name: method})
    type("Drift", (base,), {f"_{name}": lambda self: None, hook: lambda self: None, "helper": lambda self: None})  # noqa: ARG005


def test_a_subclass_of_a_subclass_is_checked_against_the_hooks():
    class Parent(ganarium.Observer):
        """Has a helper."""

        def write(self) -> None:
            """Write a line."""

    with pytest.raises(UsageError, match=r"Child\.on_spam is not a hook; did you mean on_span"):
        type("Child", (Parent,), {"on_spam": lambda self: None, "writes": lambda self: None})  # noqa: ARG005


def test_attributes_and_parameters_are_not_hooks():
    class Drift(ganarium.Remedy):
        """Has a weight, which is not the hook `weights`."""

        weight = 0.1

    assert Drift().weight == 0.1
