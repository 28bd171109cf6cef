"""Read tables of numbers from CSV files, plain or gzipped, a bounded number of lines at a time."""

import gzip
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ganarium.core.errors import InputError, brief
from ganarium.core.escape import listed, printable
from ganarium.data.safe_io import MOST_RATIO, UNPACKED, format_count, opened

SUFFIXES = (".csv", ".csv.gz")
GZIP = b"\x1f\x8b"
BOM = b"\xef\xbb\xbf"
DELIMITERS = b",;\t"
MOST_BYTES = 2_000_000_000  # of text
MOST_NUMBERS = 500_000_000
BLOCK = 8 << 20  # bytes that are read at once
LONGEST_LINE = 1 << 20  # bytes; a 128×128 image in colour takes up to 200,000
LONGEST_NUMBER = 9  # digits supported by the fast parser
LARGEST_FLOAT = float(np.finfo(np.float32).max)
LONGEST_SHOWN = 20  # characters of a field in a message
COMMON = ("label", "labels", "target", "targets", "y", "class", "digit")
ROW_NUMBERS = ("", "unnamed: 0", "id", "index", "image_id", "imageid")
NAMES = frozenset((*COMMON, *ROW_NUMBERS))  # names of columns other than numbered pixels

Numbers = NDArray[Any]


@dataclass(frozen=True)
class TableData:
    """The numbers of a table [lines, columns], and the names of its columns in lower case; () without a header."""

    names: tuple[str, ...]
    numbers: Numbers


def is_table(path: Path) -> bool:
    """Return whether a file is named as a CSV file."""
    return path.name.lower().endswith(SUFFIXES)


def first_line(path: Path) -> tuple[str, ...]:
    """Return the fields of a table's first line."""
    with _text(path) as (stream, _):
        line = stream.read(LONGEST_LINE).removeprefix(BOM).partition(b"\n")[0]
    return _fields(line, _delimiter(line))


def read_table(path: Path) -> TableData:
    """Read all numbers of a table: integers as the smallest unsigned type, others as floats.

    Raises `InputError` with the line number when a line has more or fewer fields than the first, or a field that is
    not a finite number.
    """
    with _text(path) as (stream, most):
        blocks = _blocks(path, stream, most)
        block = next(blocks, b"").removeprefix(BOM)
        if not block.strip():
            raise InputError(f"{path}: is empty; it needs a line for each sample")
        first, _, rest = block.partition(b"\n")
        delimiter = _delimiter(first)
        names = header_of(_fields(first, delimiter))
        columns, line, parts, n = len(_fields(first, delimiter)), 1 + bool(names), [], 0
        for text in chain([rest if names else block], blocks):
            numbers = _numbers(path, text, delimiter, columns, line)
            line += text.count(b"\n")
            n += numbers.size
            if n > MOST_NUMBERS:
                raise InputError(f"{path}: contains more than {MOST_NUMBERS:,} numbers; use a subset of its lines")
            parts.append(numbers)
    whole = np.concatenate(parts) if parts else np.empty((0, columns))
    if not len(whole):
        raise InputError(f"{path}: has a header but no lines below it")
    return TableData(names, whole)


def header_of(fields: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of columns in a first line; () when the line is a sample.

    >>> header_of(("label", "pixel0")), header_of(("5", "0")), header_of(("0", "1", "2", "label"))
    (('label', 'pixel0'), (), ('0', '1', '2', 'label'))
    """
    words = [field for field in fields if not _is_number(field)]
    numbered = len(fields) > 2 and list(fields) == [str(number) for number in range(len(fields))]  # as pandas writes
    named = bool(words) and (len(words) == len(fields) or any(word.lower() in NAMES for word in words))
    return tuple(field.lower() for field in fields) if named or numbered else ()


@contextmanager
def _text(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """Open a file and yield its decompressed text, and the number of bytes of it that may be read."""
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        packed = file.read(len(GZIP)) == GZIP
        file.seek(0)
        if not packed:
            yield file, MOST_BYTES
            return
        try:
            with gzip.open(file) as stream:
                yield stream, min(MOST_BYTES, max(UNPACKED, MOST_RATIO * size))  # type: ignore[misc]
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise InputError(f"{path}: the gzip stream is damaged ({brief(error)}); download the file again") from None


def _blocks(path: Path, stream: BinaryIO, most: int) -> Iterator[bytes]:
    """Yield complete lines, a few megabytes at a time."""
    left, total = b"", 0
    while block := stream.read(BLOCK):
        total += len(block)
        if total > most:
            raise InputError(f"{path}: is longer than {format_count(most)} bytes; use a subset of its lines")
        whole, newline, rest = block.rpartition(b"\n")
        if not newline and len(left) + len(rest) > LONGEST_LINE:
            raise InputError(f"{path}: a line is longer than {LONGEST_LINE:,} bytes, too long for an image")
        if newline:
            yield (left + whole + newline).replace(b"\r\n", b"\n")
            left = rest
        else:
            left += rest
    if left:
        yield left.removesuffix(b"\r") + b"\n"


def _delimiter(line: bytes) -> bytes:
    return bytes([max(DELIMITERS, key=line.count)])


def _fields(line: bytes, delimiter: bytes) -> tuple[str, ...]:
    text = line.rstrip(b"\r").decode("utf-8", "replace")
    return tuple(field.strip().strip('"').strip() for field in text.split(delimiter.decode()))


def _numbers(path: Path, text: bytes, delimiter: bytes, columns: int, line: int) -> Numbers:
    """Parse some lines, the first of which has the number `line` in the file."""
    plain = text.replace(b'"', b"")
    fast = _whole_numbers(plain, delimiter, columns)
    return _any_numbers(path, plain, delimiter, columns, line) if fast is None else fast


def _whole_numbers(text: bytes, delimiter: bytes, columns: int) -> Numbers | None:
    """Parse text of integers to unsigned integers [lines, columns]; return None for other text."""
    letters = np.frombuffer(text, np.uint8)
    ends = np.flatnonzero((letters == delimiter[0]) | (letters == ord("\n")))
    lengths = np.diff(ends, prepend=-1) - 1
    digits = letters - ord("0")  # wraps around, so that all characters other than digits exceed 9
    sound = len(ends) and len(ends) % columns == 0 and letters[-1] == ord("\n")
    if not sound or lengths.min() < 1 or lengths.max() > LONGEST_NUMBER:
        return None
    if np.count_nonzero(digits > 9) != len(ends):
        return None
    if np.any((letters[ends].reshape(-1, columns) == ord("\n")) != (np.arange(columns) == columns - 1)):
        return None
    numbers = digits[ends - 1].astype(np.int32)
    for place in range(1, int(lengths.max())):
        rows = np.flatnonzero(lengths > place)
        numbers[rows] += digits[ends[rows] - 1 - place] * np.int32(10**place)
    return numbers.reshape(-1, columns).astype(np.min_scalar_type(int(numbers.max())))


def _any_numbers(path: Path, text: bytes, delimiter: bytes, columns: int, line: int) -> Numbers:
    """Parse text to float32 [lines, columns]; empty lines are skipped."""
    lines = text.decode("utf-8", "replace").split("\n")
    full = [each for each in lines if each.strip()]
    if not full:
        return np.empty((0, columns), np.float32)
    with suppress(ValueError):
        numbers = np.loadtxt(full, np.float32, comments=None, delimiter=delimiter.decode(), ndmin=2)
        if numbers.shape[1] == columns and np.isfinite(numbers).all():
            return numbers
    for number, each in enumerate(lines, line):
        if each.strip():
            _refuse_line(f"{path}, line {number:,}", each.split(delimiter.decode()), columns)
    raise InputError(f"{path}, lines {line:,} to {line + len(lines) - 1:,}: are not numbers; fix them")


def _refuse_line(where: str, fields: Sequence[str], columns: int) -> None:
    """Raise `InputError` that describes the fault of a line, if there is one."""
    if len(fields) != columns:
        raise InputError(f"{where}: has {len(fields):,} fields, but the first line has {columns:,}; fix the line")
    for column, field in enumerate(fields, 1):
        if not (_is_number(field) and abs(float(field)) <= LARGEST_FLOAT):
            shown = listed([printable(field)], longest=LONGEST_SHOWN)
            raise InputError(f"{where}, column {column:,}: {shown} is not a finite number; fix the line")


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True
