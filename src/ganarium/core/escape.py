"""Escaping of untrusted text, such as file names, for messages and shell commands."""

import shlex
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

MOST_WORDS = 12
LONGEST = 60  # maximum number of characters of a word


def counted(n: int, noun: str) -> str:
    """Format a number with a noun, in the plural unless the number is 1.

    >>> counted(1, "image"), counted(2000, "image")
    ('1 image', '2,000 images')
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
    """Join the first `most` words for a message, with each word escaped and shortened to `longest` characters.

    >>> listed(["images", "a\\nb"])
    "images, 'a\\\\nb'"
    >>> listed("abc", most=2)
    'a, b and 1 more'
    """
    shown = [word if word.isprintable() and word else repr(word) for word in words]
    short = [word if len(word) <= longest else word[: longest - 1] + "…" for word in shown[:most]]
    return ", ".join(short) + (f" and {len(shown) - most:,} more" if len(shown) > most else "")


def shown(path: Path) -> str:
    """Return a path relative to the current folder, or unchanged if the path is outside the current folder.

    >>> shown(Path("runs/digits").absolute()), shown(Path("/elsewhere/digits"))
    ('runs/digits', '/elsewhere/digits')
    """
    with suppress(OSError, ValueError):  # the current folder may have been removed
        return str(path.relative_to(Path.cwd()))
    return str(path)
