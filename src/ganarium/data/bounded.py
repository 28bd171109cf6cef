"""Files of a user's, which may be damaged, vanish, or promise more than they hold: read at bounded memory."""

import stat
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from ganarium.core.errors import InputError

CHUNK = 1 << 20
UNPACKED = 64_000_000  # bytes that any packed file may become
MOST_RATIO = 200  # how many times its own size it may become beyond that
MOST_NAMES = 12  # of a list in a message


class Stream(Protocol):
    """What bytes come from."""

    def read(self, n: int, /) -> bytes: ...


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """An ordinary file, open for reading; whatever the system refuses meanwhile is an `InputError` that names it."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InputError(f"{path}: is not a file; name an ordinary file")
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); check its name and rights") from None


def read_at_most(stream: Stream, n: int, start: bytes = b"") -> bytearray:
    """`start` and up to n more bytes; memory is taken for bytes that came, not for those that were promised."""
    content = bytearray(start)
    end = len(start) + n
    while len(content) < end and (chunk := stream.read(min(CHUNK, end - len(content)))):
        content += chunk
    return content


class Sparing:
    """A zip file whose list of members is refused beyond `most` bytes, since `zipfile` reads it whole, however long."""

    def __init__(self, file: BinaryIO, most: int) -> None:
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable
        self._read, self._most = file.read, most

    def read(self, n: int = -1, /) -> bytes:
        """Up to n bytes, or all."""
        if n > self._most:
            raise zipfile.BadZipFile(f"its list of members is longer than {self._most:,} bytes")
        return self._read(n if n >= 0 else self._most)


def refuse_bomb(where: str, promised: int, packed: int) -> None:
    """Raises `InputError` when `packed` bytes promise to become absurdly many."""
    if promised > max(UNPACKED, MOST_RATIO * packed):
        raise InputError(
            f"{where}: {packed:,} packed bytes promise {amount(promised)}, more than {MOST_RATIO} times as many; "
            "if that is true, store it unpacked"
        )


def amount(n: int) -> str:
    """
    >>> amount(47_040_016), amount(10**400)
    ('47,040,016', 'more than 10^18')
    """
    return f"{n:,}" if n <= 10**18 else "more than 10^18"


def listed(names: Iterable[str]) -> str:
    """A few names for a message; what cannot be printed is escaped.

    >>> listed(["images", "a\\nb"])
    "images, 'a\\\\nb'"
    """
    words = [name if name.isprintable() and name else repr(name) for name in names]
    shown = [word if len(word) <= 60 else word[:59] + "…" for word in words[:MOST_NAMES]]
    return ", ".join(shown) + (f" and {len(words) - MOST_NAMES:,} more" if len(words) > MOST_NAMES else "")
