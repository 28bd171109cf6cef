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
from ganarium.core.escape import counted, listed, printable
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
    """The numbers in a table [lines, columns], and the column names in lower case; () without a header."""

    names: tuple[str, ...]
    numbers: Numbers


def is_table(path: Path) -> bool:
    """Return whether a file name ends in .csv or .csv.gz."""
    return path.name.lower().endswith(SUFFIXES)


def first_line(path: Path) -> tuple[str, ...]:
    """Return the fields of a table's first line."""
    with _text(path) as (stream, _):
        line = stream.read(LONGEST_LINE).removeprefix(BOM).partition(b"\n")[0]
    return _fields(line, _delimiter(line))


def read_table(path: Path) -> TableData:
    """Read all numbers in a table: non-negative integers as the smallest unsigned type, others as floats.

    Raises `InputError` with the line number when a line has more or fewer fields than the first, or a field that is
    not a finite number.
    """
    with _text(path) as (stream, most):
        blocks = _blocks(path, stream, most)
        block = next(blocks, b"").removeprefix(BOM)
        if not block.strip():
            raise InputError(f"{path}: the table is empty; add a line for each sample")
        first, _, rest = block.partition(b"\n")
        delimiter = _delimiter(first)
        names = header_of(_fields(first, delimiter))
        columns, line, parts, n = len(_fields(first, delimiter)), 1 + bool(names), [], 0
        for text in chain([rest if names else block], blocks):
            numbers = _numbers(path, text, delimiter, columns, line)
            line += text.count(b"\n")
            n += numbers.size
            if n > MOST_NUMBERS:
                raise InputError(
                    f"{path}: the table contains more than {MOST_NUMBERS:,} numbers; use a subset of its lines"
                )
            parts.append(numbers)
    whole = np.concatenate(parts) if parts else np.empty((0, columns))
    if not len(whole):
        raise InputError(f"{path}: the table has a header but no lines below it; add a line for each sample")
    return TableData(names, whole)


def header_of(fields: tuple[str, ...]) -> tuple[str, ...]:
    """Return the column names in the first line of a table; () when the line is already a sample.

    >>> header_of(("label", "pixel0")), header_of(("5", "0")), header_of(("0", "1", "2", "label"))
    (('label', 'pixel0'), (), ('0', '1', '2', 'label'))
    """
    words = [field for field in fields if not _is_number(field)]
    numbered = len(fields) > 2 and list(fields) == [str(number) for number in range(len(fields))]  # written by pandas
    named = bool(words) and (len(words) == len(fields) or any(word.lower() in NAMES for word in words))
    return tuple(field.lower() for field in fields) if named or numbered else ()


@contextmanager
def _text(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """Open a file and yield a stream of its decompressed text, and the maximum number of bytes to read."""
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
            raise InputError(f"{path}: the table is longer than {format_count(most)} bytes; use a subset of the lines")
        whole, newline, rest = block.rpartition(b"\n")
        if not newline and len(left) + len(rest) > LONGEST_LINE:
            raise InputError(f"{path}: a line is longer than {LONGEST_LINE:,} bytes; write one sample per line")
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
    """Parse lines of text to numbers [lines, columns]; `line` is the line number of the first line in the file."""
    plain = text.replace(b'"', b"")
    fast = _whole_numbers(plain, delimiter, columns)
    return _any_numbers(path, plain, delimiter, columns, line) if fast is None else fast


def _whole_numbers(text: bytes, delimiter: bytes, columns: int) -> Numbers | None:
    """Parse text to unsigned integers [lines, columns]; return None if the text contains anything else."""
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
    """Parse text to float32 [lines, columns], skipping empty lines."""
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
    raise InputError(
        f"{path}, lines {line:,} to {line + len(lines) - 1:,}: some fields are not numbers; fix these fields"
    )


def _refuse_line(where: str, fields: Sequence[str], columns: int) -> None:
    """Raise `InputError` if a line has too few or too many fields, or a field that is not a finite number."""
    if len(fields) != columns:
        raise InputError(
            f"{where}: found {counted(len(fields), 'field')}, but the first line has {columns:,}; fix the line"
        )
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
