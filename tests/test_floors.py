"""Which package may import which, how long a file may be, and what only one package may do."""

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
LEVELS = (  # packages of one level import from lower levels, and from those before them on their own
    ("core", "config"),
    ("losses", "theory", "networks", "metrics", "plotting"),
    ("data", "runs"),
    ("training", "recipes"),
    ("evaluation", "diagnosis", "studies"),
    ("report", "export", "web"),
    ("testing", "api", "cli", "__init__", "__main__"),
)
ORDER = [package for level in LEVELS for package in level]
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
    """`config.overrides` for src/ganarium/config/overrides.py; `core.__init__` for a package's own file."""
    return ".".join(file.relative_to(ROOT).with_suffix("").parts)


def package_of(module: str) -> str:
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


def packages_imported(file: Path) -> set[str]:
    """The packages of ganarium that a file imports from; names of ganarium itself count as `__init__`."""
    inside = [name.split(".")[1:] for name in imports_of(file) if name.split(".")[0] == "ganarium"]
    return {parts[0] if parts and parts[0] in ORDER else "__init__" for parts in inside}


@cache
def calls(file: Path) -> list[tuple[str, set[str | None]]]:
    """Every call in a file: the called name, and the keywords it is given."""
    nodes = [node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)]
    return [(ast.unparse(node.func), {word.arg for word in node.keywords}) for node in nodes]


def test_every_package_has_a_level():
    assert {package_of(module_of(file)) for file in FILES} <= set(ORDER)


@pytest.mark.parametrize("file", FILES, ids=module_of)
def test_a_module_imports_from_its_own_package_and_from_those_before_it(file: Path):
    package = package_of(module_of(file))
    later = {other for other in packages_imported(file) if ORDER.index(other) > ORDER.index(package)}
    assert not later, f"{module_of(file)} imports {sorted(later)}"


def test_recipes_know_nothing_but_the_configuration():
    for file in (ROOT / "recipes").rglob("*.py"):
        assert packages_imported(file) <= {"core", "config", "recipes"}, module_of(file)


def test_the_command_line_reaches_the_rest_through_the_api():
    """Anywhere in its modules: also inside functions and under TYPE_CHECKING."""
    for file in (ROOT / "cli").rglob("*.py"):
        other = packages_imported(file) - {"api", "config", "core", "report", "cli"}
        assert not other, f"{module_of(file)} imports {sorted(other)}"


def test_the_reader_of_imports_sees_them_inside_functions_and_relative_ones():
    text = "def f():\n    from ..data import batches\n    import ganarium.web.live\n"
    assert list(imports(text, "ganarium.losses")) == ["ganarium.data.batches", "ganarium.web.live"]


def test_no_file_is_long_and_most_are_short():
    lengths = {module_of(file): len(file.read_text("utf-8").splitlines()) for file in FILES}
    assert max(lengths.values()) <= 400, max(lengths, key=lengths.__getitem__)
    assert median(lengths.values()) < 150


def test_only_the_random_streams_make_random_numbers():
    for file in FILES:
        if module_of(file) != "core.random_streams":
            called = {name for name, _ in calls(file)}
            assert not {name for name in called if RANDOM.fullmatch(name)}, module_of(file)
            assert not {name for name in imports_of(file) if RANDOM.fullmatch(name)}, module_of(file)


def test_nothing_unpickles():
    for file in FILES:
        assert not {name.split(".")[0] for name in imports_of(file)} & {"pickle", "dill", "cloudpickle", "joblib"}
        for name, keywords in calls(file):
            assert name != "torch.load", module_of(file)
            assert "allow_pickle" not in keywords, module_of(file)


@pytest.mark.slow
def test_settings_and_recipes_need_no_torch():
    code = "import sys, ganarium.recipes, ganarium.config.overrides; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
