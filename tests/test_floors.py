"""The house: who may import whom, how large a file may be, and what is done in one room alone."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median

import pytest

import ganarium.core

ROOT = Path(ganarium.core.__file__).parents[1]
FLOORS = {
    "core": 0,
    **dict.fromkeys(("maths", "networks", "metrics", "draw"), 1),
    **dict.fromkeys(("data", "runs"), 2),
    **dict.fromkeys(("training", "recipes"), 3),
    "judgement": 4,
    **dict.fromkeys(("report", "export", "web"), 5),
    **dict.fromkeys(("cli", "api", "theory", "__init__", "__main__"), 6),
}
FILES = sorted(ROOT.rglob("*.py"))
RANDOM = re.compile(
    r"(random|secrets)(\..+)?"
    r"|(np|numpy)\.random\..+"
    r"|torch\.(Generator|seed|manual_seed|(cuda|random)\..*seed.*|rand\w*|normal|bernoulli|multinomial|poisson)"
    r"|(F|nn|torch|nn\.functional|torch\.nn|torch\.nn\.functional)\.\w*[dD]ropout\w*"
    r"|.*\.(normal_|uniform_|bernoulli_|random_|exponential_)"
    r"|nn\.init\.\w+"
)


def module_of(file: Path) -> str:
    """`core.words` for src/ganarium/core/words.py; `core.__init__` for a package's own file."""
    return ".".join(file.relative_to(ROOT).with_suffix("").parts)


def room_of(module: str) -> str:
    return module.split(".")[0]


def imports(text: str, package: str = "ganarium") -> Iterator[str]:
    """Every module or name that a source text imports anywhere in it, by its full name."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            folders = package.split(".")
            start = folders[: len(folders) + 1 - node.level] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


@cache
def imports_of(file: Path) -> list[str]:
    package = ".".join(["ganarium", *file.relative_to(ROOT).parent.parts])
    return list(imports(file.read_text("utf-8"), package))


def rooms_imported(file: Path) -> set[str]:
    """The rooms of ganarium that a file imports from; names of the package itself count as `__init__`."""
    inside = [name.split(".")[1:] for name in imports_of(file) if name.split(".")[0] == "ganarium"]
    return {parts[0] if parts and parts[0] in FLOORS else "__init__" for parts in inside}


@cache
def calls(file: Path) -> list[tuple[str, set[str | None]]]:
    """Every call in a file: the called name, and the keywords it is given."""
    nodes = [node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)]
    return [(ast.unparse(node.func), {word.arg for word in node.keywords}) for node in nodes]


def test_every_module_has_a_floor():
    assert {room_of(module_of(file)) for file in FILES} <= FLOORS.keys()


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_a_module_imports_from_its_own_room_and_from_floors_below(file: Path):
    room = room_of(module_of(file))
    above = {other for other in rooms_imported(file) if other != room and FLOORS[other] >= FLOORS[room]}
    assert not above or FLOORS[room] == 6, f"{module_of(file)} imports {sorted(above)}"


def test_recipes_know_nothing_but_core():
    for file in (ROOT / "recipes").rglob("*.py"):
        assert rooms_imported(file) <= {"core", "recipes"}, module_of(file)


def test_the_reader_of_imports_sees_them_inside_functions_and_relative_ones():
    text = "def f():\n    from ..data import feed\n    import ganarium.web.live\n"
    assert list(imports(text, "ganarium.maths")) == ["ganarium.data.feed", "ganarium.web.live"]


def test_no_file_is_long_and_most_are_short():
    lengths = {module_of(file): len(file.read_text("utf-8").splitlines()) for file in FILES}
    assert max(lengths.values()) <= 400, max(lengths, key=lengths.__getitem__)
    assert median(lengths.values()) < 150


def test_only_the_streams_make_random_numbers():
    for file in FILES:
        if module_of(file) != "core.streams":
            called = {name for name, _ in calls(file)}
            assert not {name for name in called if RANDOM.fullmatch(name)}, module_of(file)
            assert not {name for name in imports_of(file) if RANDOM.fullmatch(name)}, module_of(file)


def test_nothing_unpickles():
    for file in FILES:
        assert not {name.split(".")[0] for name in imports_of(file)} & {"pickle", "dill", "cloudpickle", "joblib"}
        for name, keywords in calls(file):
            assert name != "torch.load", module_of(file)
            assert "allow_pickle" not in keywords, module_of(file)


def test_settings_and_recipes_need_no_torch():
    code = "import sys, ganarium.recipes, ganarium.core.words; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
