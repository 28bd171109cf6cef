"""docs/api.md lists exactly the public names; all of them are documented and typed."""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from benchmarks.api_page import PAGE, page, public_modules, public_names, summary

import ganarium
from ganarium.config.base import Config
from ganarium.config.plugins import REGISTRIES

NAMES = [(name, each) for name, module in public_modules().items() for each in public_names(module)]


def functions_of(value: Any) -> Iterator[tuple[str, Any]]:
    """A function, or the public methods that a class of ganarium defines."""
    if inspect.isfunction(value):
        yield value.__qualname__, value
    elif inspect.isclass(value):
        for name, member in vars(value).items():
            function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
            private = name.startswith("_") or getattr(function, "__name__", "_").startswith("_")
            if inspect.isfunction(function) and not private and function.__module__.startswith("ganarium"):
                yield function.__qualname__, function


@pytest.mark.usefixtures("own_registries")
def test_the_page_is_what_the_docstrings_say():
    assert PAGE.read_text("utf-8") == page(), "run: python -m benchmarks.api_page"


def test_the_modules_of_the_page_are_those_of_the_package():
    modules = {name.partition(".")[2] for name in public_modules()} - {"", "register", "events"}
    assert modules == set(ganarium.MODULES)
    assert all(getattr(ganarium, name).__name__ == f"ganarium.{name}" for name in modules)
    with pytest.raises(AttributeError):
        ganarium.evaluatoin  # noqa: B018


@pytest.mark.parametrize(("module", "name"), NAMES, ids=[f"{module}.{name}" for module, name in NAMES])
def test_a_public_name_is_documented_and_typed(module: str, name: str):
    value = getattr(public_modules()[module], name)
    line = summary(value)
    assert line.endswith((".", ":")), f"{name}: {line!r}"
    if isinstance(value, Mapping):
        return
    for called, function in functions_of(value):
        signature = inspect.signature(function)
        untyped = [each.name for each in signature.parameters.values() if each.annotation is inspect.Parameter.empty]
        assert not set(untyped) - {"self", "cls"}, f"{called}: {untyped}"
        assert signature.return_annotation is not inspect.Signature.empty, called
        assert inspect.getdoc(function), called


def test_every_setting_of_a_part_is_a_public_name():
    config = ganarium.config
    named = {getattr(config, name) for name in public_names(config)}
    assert all(issubclass(each, Config) for each in named)
    listed = {entry.settings for registry in REGISTRIES for entry in registry.values() if not entry.origin}
    assert listed <= named
