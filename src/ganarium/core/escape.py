"""Words of others, such as names of files, as one line of text or as a command."""

import shlex
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

MOST_WORDS = 12
LONGEST = 60  # letters


def counted(n: int, noun: str) -> str:
    """
    >>> counted(1, "picture"), counted(2000, "picture")
    ('1 picture', '2,000 pictures')
    """
    return f"{n:,} {noun}{'s' * (n != 1)}"


def printable(name: str) -> str:
    """A file's name as text that can be shown and written down, whatever its bytes; other names stay others.

    >>> printable("new\\nline"), printable(r"new\\nline")
    ('new\\\\nline', 'new\\\\\\\\nline')
    """
    return "".join(letter if letter.isprintable() and letter != "\\" else _escaped(letter) for letter in name)


def command(*words: object) -> str:
    """A command of ganarium as it is typed, with quotes where the shell needs them.

    >>> command("resume", "my runs/digits", "--steps", 200)
    "ganarium resume 'my runs/digits' --steps 200"
    """
    return shlex.join(["ganarium", *map(str, words)])


def _escaped(letter: str) -> str:
    if "\udc80" <= letter <= "\udcff":  # Python's stand-in for a byte that is no text
        return f"\\x{ord(letter) - 0xDC00:02x}"
    if "\x80" <= letter <= "\xff":
        return f"\\u{ord(letter):04x}"
    return letter.encode("unicode_escape").decode()


def listed(words: Iterable[str], most: int = MOST_WORDS, longest: int = LONGEST) -> str:
    """The first few for a message, of so many letters each; what cannot be printed is escaped.

    >>> listed(["images", "a\\nb"])
    "images, 'a\\\\nb'"
    >>> listed("abc", most=2)
    'a, b and 1 more'
    """
    shown = [word if word.isprintable() and word else repr(word) for word in words]
    short = [word if len(word) <= longest else word[: longest - 1] + "…" for word in shown[:most]]
    return ", ".join(short) + (f" and {len(shown) - most:,} more" if len(shown) > most else "")


def shown(path: Path) -> str:
    """Return a path as people type it: from the current folder where it lies in it, else whole.

    >>> shown(Path("runs/digits").absolute()), shown(Path("/elsewhere/digits"))
    ('runs/digits', '/elsewhere/digits')
    """
    with suppress(OSError, ValueError):  # the current folder may be gone
        return str(path.relative_to(Path.cwd()))
    return str(path)
