"""Hashes of the code and the values of a part, which are the same in every process and tell whether it has changed.

The code of a function or class is its source text, or its compiled code where the source is not available, and the
whole file that defines it, so that its constants and helpers count; files of ganarium itself do not. The values of a
part are its defaults, the variables that it encloses, and the attributes of an object, with arrays by their bytes.
"""

import sys
from functools import partial
from hashlib import sha256
from inspect import getsource, getsourcefile, isclass, isfunction, ismethod
from pathlib import Path
from textwrap import dedent
from types import CodeType, ModuleType
from typing import Any

ROOT = Path(__file__).parents[1]
PLAIN = (bool, int, float, complex, str, bytes, type(None), type(Ellipsis))


def part_hash(*parts: Any) -> str:
    """Return 64 hex digits of the code and the values of parts."""
    return sha256(f"{source_hash(*parts)} {values_hash(*parts)}".encode()).hexdigest()


def source_hash(*parts: Any) -> str:
    """Return 64 hex digits of the code of functions, classes, bound methods, partial functions or objects."""
    hasher = _Hasher()
    return hasher.of([hasher.code(each) for part in parts for each in _definitions(part)]).hex()


def values_hash(*parts: Any) -> str:
    """Return 64 hex digits of the values that parts have besides their code; "" if they have none."""
    values = [_values(part) for part in parts]
    return _Hasher().of(values).hex() if any(values) else ""


def definition(part: Any) -> Any:
    """Return the function or class that defines a part, which may be a bound method, partial function or object."""
    return _definitions(part)[0]


def source_file(part: Any) -> Path | None:
    """Return the file that defines a part; None if there is none, as in a notebook."""
    defined = definition(part)
    try:
        found = getsourcefile(getattr(defined, "__code__", defined))
    except (OSError, TypeError):
        return None
    return Path(found) if found and Path(found).is_file() else None


def _definitions(part: Any) -> list[Any]:
    """Return the function or class that defines a part; for a bound method, also the class of its object."""
    if isinstance(part, partial):
        return _definitions(part.func)
    if ismethod(part):
        owner = part.__self__
        return [part.__func__, owner if isclass(owner) else type(owner)]
    if isclass(part) or isfunction(part):
        return [part]
    if isfunction(wrapped := getattr(part, "__wrapped__", None)):  # for example by functools.cache
        return [wrapped]
    return [type(part)]


def _values(part: Any) -> dict[str, Any]:
    """Return the values by name that a part has besides its code."""
    if isclass(part):
        return {}
    if isfunction(part):
        return _bound(part)
    if ismethod(part):
        return {"": part.__self__, **_bound(part.__func__)}
    if isinstance(part, partial):
        return {"args": part.args, "keywords": part.keywords, "function": _values(part.func)}
    return {"": part}


def _bound(function: Any) -> dict[str, Any]:
    """Return the values that a function has besides its arguments: its defaults and the variables it encloses."""
    defaults = {f"default {number}": value for number, value in enumerate(function.__defaults__ or ())}
    enclosed = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    return defaults | (function.__kwdefaults__ or {}) | {name: _content(cell) for name, cell in enclosed}


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not yet assigned
        return None


class _Hasher:
    """Hashes of nested values; objects that refer to each other are visited once."""

    def __init__(self) -> None:
        self._visited: dict[int, tuple[Any, bytes]] = {}  # by id; keeps each object alive, so that no id is used twice
        self._depth = 0

    def of(self, value: Any) -> bytes:
        """Return the digest of any value."""
        if type(value) in PLAIN:
            return _digest(type(value).__name__, repr(value))
        if id(value) not in self._visited:
            self._visited[id(value)] = value, _digest("enclosing", str(self._depth))
            self._depth += 1
            self._visited[id(value)] = value, self._of(value)
            self._depth -= 1
        return self._visited[id(value)][1]

    def code(self, defined: Any) -> bytes:
        """Return the digest of the code of a function or class."""
        file = source_file(defined)
        whole = file.read_bytes() if file and not file.resolve().is_relative_to(ROOT) else b""
        return _digest("code", defined.__qualname__, self._text(defined), whole)

    def _text(self, defined: Any) -> str | bytes:
        """Return the source text; for a lambda, whose text may contain others, and without source the compiled code."""
        try:
            text = dedent(getsource(getattr(defined, "__code__", defined)))
        except (OSError, TypeError, SyntaxError):
            text = ""
        if text and defined.__name__ != "<lambda>":
            return text
        return text.encode() + self._compiled(defined)

    def _compiled(self, defined: Any) -> bytes:
        """Return the digest of the compiled code of a function, or of the members and local bases of a class."""
        if isfunction(defined):
            return self.of(defined.__code__)
        bases = [base for base in defined.__bases__ if base.__module__ == defined.__module__ != "builtins"]
        own = {
            name: member
            for name, member in vars(defined).items()
            if isfunction(member) or not name.startswith(("__", "_abc_"))
        }
        return self.of([own, *bases])

    def _of(self, value: Any) -> bytes:
        kind = type(value).__name__
        if isinstance(value, ModuleType):
            return _digest("module", value.__name__)
        if isinstance(value, CodeType):
            return self._all(kind, value.co_code, value.co_names, value.co_varnames, value.co_consts)
        if isclass(value):
            return self.code(value)
        if isfunction(value):
            return _digest(kind, self.code(value), self.of(_bound(value)))
        if isinstance(value, staticmethod | classmethod):
            return self._all(kind, value.__func__)
        if isinstance(value, property):
            return self._all(kind, value.fget, value.fset, value.fdel)
        if type(value) in (list, tuple):
            return self._all(kind, *value)
        if type(value) in (set, frozenset):
            return _digest(kind, *sorted(map(self.of, value)))
        if isinstance(value, dict) and type(value).__module__ in ("builtins", "collections"):
            return self._all(kind, *(each for item in value.items() for each in item))
        return self._of_array(value) or self._of_object(value)

    def _of_array(self, value: Any) -> bytes:
        """Return the digest of a tensor, array or torch module; empty for other values. Imports neither library."""
        torch, numpy = sys.modules.get("torch"), sys.modules.get("numpy")
        if torch is not None and isinstance(value, torch.Tensor):
            plain = value.detach()
            facts = (str(plain.dtype), str(tuple(plain.shape)), str(value.requires_grad))
            if plain.is_meta:
                return _digest("tensor", *facts)
            plain = (plain if plain.layout == torch.strided else plain.to_dense()).cpu().resolve_conj().resolve_neg()
            return _digest("tensor", *facts, plain.contiguous().flatten().view(torch.uint8).numpy().tobytes())
        if torch is not None and isinstance(value, torch.nn.Module):
            return _digest(type(value).__qualname__, self.of(_attributes(value)))
        if numpy is not None and isinstance(value, numpy.ndarray):
            content = self.of(value.tolist()) if value.dtype.hasobject else value.tobytes()
            return _digest("array", str(value.dtype), str(value.shape), content)
        return b""

    def _of_object(self, value: Any) -> bytes:
        """Return the digest of the state with which an object would be copied; of its class alone if it cannot be."""
        kind = type(value)
        try:
            reduced = value.__reduce_ex__(4)
        except Exception:  # whatever a user's class raises
            return _digest("object", kind.__qualname__)
        if isinstance(reduced, str):
            return _digest("object", kind.__qualname__, reduced)
        _, arguments, *more = reduced
        plain = [each.__qualname__ if each is kind else each for each in arguments]
        state = [[*each] if hasattr(each, "__next__") else each for each in more if not callable(each)]
        return _digest("object", kind.__qualname__, self.of([plain, state]))

    def _all(self, kind: str, *values: Any) -> bytes:
        return _digest(kind, *map(self.of, values))


def _attributes(module: Any) -> dict[str, Any]:
    """Return the attributes of a torch module, with hooks in their order, because their keys depend on the process."""
    return {
        name: [*value.values()] if "_hooks" in name and isinstance(value, dict) else value
        for name, value in vars(module).items()
    }


def _digest(kind: str, *parts: str | bytes) -> bytes:
    digest = sha256(kind.encode())
    for part in parts:
        content = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        digest.update(len(content).to_bytes(8, "big"))
        digest.update(content)
    return digest.digest()
