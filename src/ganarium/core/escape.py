"""Escaping of untrusted text, such as file names, for messages and shell commands."""

import shlex
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

MOST_WORDS = 12
LONGEST = 60  # characters


def counted(n: int, noun: str) -> str:
    """Return a number followed by its noun, in the plural unless the number is 1.

    >>> counted(1, "picture"), counted(2000, "picture")
    ('1 picture', '2,000 pictures')
    """
    return f"{n:,} {noun}{'s' * (n != 1)}"


def printable(name: str) -> str:
    """Escape a file name so that it is printable; different names stay different.

    >>> printable("new\\nline"), printable(r"new\\nline")
    ('new\\\\nline', 'new\\\\\\\\nline')
    """
    return "".join(letter if letter.isprintable() and letter != "\\" else _escaped(letter) for letter in name)


def command(*words: object) -> str:
    """Return a `ganarium` command line, quoted for the shell.

    >>> command("resume", "my runs/digits", "--steps", 200)
    "ganarium resume 'my runs/digits' --steps 200"
    """
    return shlex.join(["ganarium", *map(str, words)])


def _escaped(letter: str) -> str:
    if "\udc80" <= letter <= "\udcff":  # surrogate escape: a byte that is not valid UTF-8
        return f"\\x{ord(letter) - 0xDC00:02x}"
    if "\x80" <= letter <= "\xff":
        return f"\\u{ord(letter):04x}"
    return letter.encode("unicode_escape").decode()


def listed(words: Iterable[str], most: int = MOST_WORDS, longest: int = LONGEST) -> str:
    """Join the first `most` words for a message, each at most `longest` characters; escape unprintable ones.

    >>> listed(["images", "a\\nb"])
    "images, 'a\\\\nb'"
    >>> listed("abc", most=2)
    'a, b and 1 more'
    """
    shown = [word if word.isprintable() and word else repr(word) for word in words]
    short = [word if len(word) <= longest else word[: longest - 1] + "…" for word in shown[:most]]
    return ", ".join(short) + (f" and {len(shown) - most:,} more" if len(shown) > most else "")


def shown(path: Path) -> str:
    """Return a path relative to the current folder if it is inside it, else unchanged.

    >>> shown(Path("runs/digits").absolute()), shown(Path("/elsewhere/digits"))
    ('runs/digits', '/elsewhere/digits')
    """
    with suppress(OSError, ValueError):  # the current folder may have been removed
        return str(path.relative_to(Path.cwd()))
    return str(path)
