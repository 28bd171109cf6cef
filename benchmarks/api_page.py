"""Write docs/api.md, the list of all public names with the first lines of their docstrings.

python -m benchmarks.api_page

A test compares the page with the package, so run this after adding, renaming or removing a public name.
"""

import ast
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import ganarium

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "api.md"
MODULES = {  # public modules, and where to read more about each
    "ganarium": "../README.md",
    "ganarium.config": "extending.md",
    "ganarium.register": "extending.md",
    "ganarium.events": "extending.md",
    "ganarium.metrics": "evaluation.md",
    "ganarium.theory": "theory.md",
    "ganarium.testing": "extending.md",
}
INTRODUCTION = """# Public names

These names are public: they keep their meaning according to the policy in
[CONTRIBUTING.md](../CONTRIBUTING.md#public-names), and all others may change in any version. This page is written from
the docstrings by `python -m benchmarks.api_page`; `help(ganarium.train)` shows one in full.
"""


def public_modules() -> dict[str, ModuleType]:
    """Return the public modules by the names under which users know them."""
    return {name: getattr(ganarium, name.partition(".")[2]) if "." in name else ganarium for name in MODULES}


def public_names(module: ModuleType) -> list[str]:
    """Return the public names of a module: its `__all__`, the functions that it defines, or its settings models."""
    if module.__name__ == "ganarium.config":
        return settings_names(module)
    functions = inspect.getmembers(module, inspect.isfunction)
    defined = [name for name, one in functions if one.__module__ == module.__name__ and not name.startswith("_")]
    return sorted(getattr(module, "__all__", defined))


def settings_names(module: ModuleType) -> list[str]:
    """Return the names of settings models that `ganarium.config` declares for editors."""
    tree = ast.parse(inspect.getsource(module))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return sorted(alias.asname for node in imports for alias in node.names if alias.asname)


def summary(value: Any) -> str:
    """Return the first line of a docstring, or the keys of a mapping; empty if there is no docstring."""
    if isinstance(value, Mapping):
        return f"Mapping with the keys {', '.join(map(str, value))}."
    doc = inspect.cleandoc((vars(value).get("__doc__") if inspect.isclass(value) else value.__doc__) or "")
    return doc.splitlines()[0] if doc else ""


def page() -> str:
    """Return the text of docs/api.md."""
    return "\n".join(
        [INTRODUCTION, *(line for name, module in public_modules().items() for line in _section(name, module))]
    )


def _section(name: str, module: ModuleType) -> Iterator[str]:
    yield from (
        f"## `{name}`",
        "",
        f"See [{Path(MODULES[name]).name}]({MODULES[name]}).",
        "",
        "| name | |",
        "| --- | --- |",
    )
    for each in public_names(module):
        value = getattr(module, each)
        call = "()" if inspect.isfunction(value) else ""
        text = summary(value).replace("|", "\\|")
        yield f"| `{each}{call}` | {text} |"
    yield ""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
