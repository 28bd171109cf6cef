"""Draw random module names and sentences from the source code for a review of names and language.

python -m benchmarks.names --seed N [--modules 30] [--sentences [40]]

The modules are printed as paths below src/ganarium, without their contents, so that a reviewer can write down what
each contains before opening it. With --sentences, it draws from the first lines of docstrings and from the messages
that users see: arguments of exceptions, warnings, log calls and output calls, descriptions of settings and
registered parts, and help texts.
The same seed and the same source give the same draw.
"""

import argparse
import ast
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "ganarium"
OUTPUT_CALLS = {"warn", "warning", "debug", "info", "error", "exception", "print", "echo", "note", "notice"}
TEXT_ARGUMENTS = {"description", "help"}  # of pydantic fields, typer options and commands
SHORTEST = 3  # minimum number of words in a sentence


def modules(source: Path = SOURCE) -> list[str]:
    """Return the paths of all modules below a package, without `__init__.py` and `__main__.py`."""
    paths = (path.relative_to(source).as_posix() for path in source.rglob("*.py"))
    return sorted(path for path in paths if not path.rpartition("/")[2].startswith("__"))


def sentences(source: Path = SOURCE) -> list[str]:
    """Return the first lines of docstrings and the messages to users below a package, without duplicates."""
    found: set[str] = set()
    for path in sorted(source.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            found.update(text for text in _texts(node) if len(text.split()) >= SHORTEST)
    return sorted(found)


def _texts(node: ast.AST) -> Iterator[str]:
    """Yield the docstring's first line or the messages of one node of a syntax tree."""
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        docstring = ast.get_docstring(node)
        if docstring:
            yield docstring.splitlines()[0]
    elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        yield from _messages(node.exc.args)
    elif isinstance(node, ast.Call):
        if _name(node.func) in OUTPUT_CALLS:
            yield from _messages(node.args)
        elif _name(node.func) == "Entry":  # of a registry: name, description, …
            yield from _messages(node.args[1:2])
        yield from _messages([keyword.value for keyword in node.keywords if keyword.arg in TEXT_ARGUMENTS])


def _name(function: ast.expr) -> str:
    """Return the name of a called function or method."""
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _messages(arguments: Sequence[ast.expr]) -> Iterator[str]:
    """Yield the string constants among arguments; expressions in f-strings become `{…}`."""
    for argument in arguments:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value
        elif isinstance(argument, ast.JoinedStr):
            parts = argument.values
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{…}" for part in parts)


def draw(population: Sequence[str], count: int, seed: int) -> list[str]:
    """Return `count` distinct items, or all in random order if there are fewer."""
    return random.Random(seed).sample(population, min(count, len(population)))


def main() -> None:
    """Print the drawn modules and sentences as numbered lists."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True, help="random seed of the draw")
    parser.add_argument("--modules", type=int, default=30, metavar="N", help="number of modules (default: 30)")
    parser.add_argument(
        "--sentences", type=int, nargs="?", const=40, default=0, metavar="N", help="also draw sentences (default: 40)"
    )
    options = parser.parse_args()
    lists = {"Modules": draw(modules(), options.modules, options.seed)}
    if options.sentences:
        lists["Sentences"] = draw(sentences(), options.sentences, options.seed)
    for title, items in lists.items():
        print(f"{title}, seed {options.seed}:")
        for number, item in enumerate(items, 1):
            print(f"{number:3}. {item}")


if __name__ == "__main__":
    main()
