"""The hash of a part changes with its code, constants, helpers and values, and with nothing else."""

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from ganarium.core.part_hash import part_hash, source_hash, values_hash

FILE = """
FACTOR = 2.0

def helper(x):
    return x + 1

class Part:
    def __init__(self, weight=1.0):
        self.weight = weight
    def loss(self, x):
        return self.weight * x

def loss(real, fake, margin=1.0):
    return FACTOR * helper(real) - fake + margin
"""
CHANGES = (("FACTOR = 2", "FACTOR = 3"), ("x + 1", "x + 2"), ("margin=1", "margin=2"), ("- fake", "+ fake"))


def module_of(text: str, folder: Path) -> ModuleType:
    """Import a file with this text, as a script is imported."""
    folder.mkdir()
    file = folder / "mine.py"
    file.write_text(text)
    made = ModuleType(f"mine_{folder.name}")
    made.__file__ = str(file)
    sys.modules[made.__name__] = made
    exec(compile(text, file, "exec"), vars(made))
    return made


@pytest.mark.parametrize("of", ["loss", "Part"])
def test_constants_and_helpers_of_a_file_count_and_its_place_does_not(of, tmp_path):
    texts = [FILE, *(FILE.replace(*change) for change in CHANGES)]
    hashes = [part_hash(getattr(module_of(text, tmp_path / f"f{i}"), of)) for i, text in enumerate(texts)]
    assert len({*hashes}) == len(hashes)
    assert part_hash(getattr(module_of(FILE, tmp_path / "other"), of)) == hashes[0]


def test_a_bound_method_a_partial_function_and_an_object_have_the_code_of_their_class_or_function(tmp_path):
    one, two = (
        module_of(text, tmp_path / name) for name, text in zip("ab", (FILE, FILE.replace("* x", "/ x")), strict=True)
    )
    for wrap in (lambda m: m.Part().loss, lambda m: partial(m.loss, margin=2), lambda m: m.Part()):
        assert source_hash(wrap(one)) != source_hash(wrap(two))
        assert values_hash(wrap(one)) == values_hash(wrap(two))


def without_a_file(text: str) -> Any:
    """Return the function or class `part` of a notebook cell."""
    space: dict[str, Any] = {"__name__": "cell"}
    exec(text, space)
    return space["part"]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("def part(): return [x for x in (1, 2)]", "def part(): return [x + 1 for x in (1, 2)]"),
        ("class part:\n  def f(self): return 1", "class part:\n  def f(self): return 2"),
        ("class part:\n  gain = 1", "class part:\n  gain = 2"),
        ("class base: gain = 1\nclass part(base): pass", "class base: gain = 2\nclass part(base): pass"),
    ],
)
def test_compiled_code_counts_where_there_is_no_source(one, two):
    assert part_hash(without_a_file(one)) == part_hash(without_a_file(one)) != part_hash(without_a_file(two))


class Noise(nn.Module):
    """Noise of a strength that its text does not show."""

    def __init__(self, strength: float) -> None:
        super().__init__()
        self.strength = strength

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images + self.strength


class Held:
    """An object with a value, and a reference to itself."""

    def __init__(self, value: object) -> None:
        self.value, self.me = value, self

    def method(self, x: float) -> float:
        return x


def enclosing(value: object) -> Callable[[], object]:
    return lambda: value


def array(last: float) -> np.ndarray:
    values = np.zeros(5_000)
    values[2_500] = last
    return values


WRAPPINGS = {
    "enclosed": enclosing,
    "partial": partial(partial, print),
    "keyword": lambda value: partial(print, end=value),
    "attribute": Held,
    "method": lambda value: Held(value).method,
    "nested": lambda value: enclosing({"a": [enclosing((1, value))]}),
}
VALUES = {
    "numbers": (1.0, 2.0),
    "arrays": (array(1), array(2)),
    "objects in arrays": (np.array([Held(1)], object), np.array([Held(2)], object)),
    "tensors": (torch.zeros(2_000), torch.cat([torch.zeros(1_999), torch.ones(1)])),
    "types of numbers": (torch.zeros(2, dtype=torch.bfloat16), torch.zeros(2, dtype=torch.float16)),
    "attributes of modules": (nn.Sequential(Noise(0.1)), nn.Sequential(Noise(9.0))),
    "lambdas of one line": (lambda x: x, lambda x: 1 - x),
    "generators": (np.random.default_rng(1), np.random.default_rng(2)),
    "files": (Path("a"), Path("b")),
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@pytest.mark.parametrize("name", VALUES)
def test_values_count_wherever_they_are(wrapping, name):
    one, two = (WRAPPINGS[wrapping](value) for value in VALUES[name])
    assert values_hash(one) == values_hash(WRAPPINGS[wrapping](VALUES[name][0])) != values_hash(two)
    assert source_hash(one) == source_hash(two)


CODE = """
from ganarium.core.part_hash import part_hash
import numpy, torch
torch.manual_seed(0)
class Mine:
    def __init__(self): self.names, self.where, self.me = {"a", "b", "c"}, object(), self
def enclosing(a, b):
    return lambda x: (a, b, x in {"p", "q", "r"})
hooked = torch.nn.Linear(2, 2)
for _ in range(HOOKS):
    hooked.register_forward_hook(len).remove()
hooked.register_forward_hook(len)
print(part_hash(enclosing(Mine(), hooked)))
"""


@pytest.mark.slow
def test_the_hash_is_the_same_in_every_process():
    said = {
        subprocess.run(
            [sys.executable, "-c", CODE.replace("HOOKS", hooks)],
            capture_output=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        ).stdout
        for seed, hooks in (("1", "0"), ("2", "3"))
    }
    assert len(said) == 1
