"""Content of a document as plain data: sections of paragraphs, tables, pictures and lists, without any markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

LONGEST = 2_000  # characters of a text that comes from files


@dataclass(frozen=True)
class Block:
    """Base class of blocks; `kind` selects the macro of the template."""

    kind: ClassVar[str]


@dataclass(frozen=True)
class Paragraph(Block):
    """A paragraph; `tone` is "", "note" or "warning"."""

    kind: ClassVar[str] = "paragraph"
    text: str
    tone: str = ""


@dataclass(frozen=True)
class Listing(Block):
    """A list of texts."""

    kind: ClassVar[str] = "listing"
    items: Sequence[str]


@dataclass(frozen=True)
class Code(Block):
    """Text in a fixed-width font: commands, settings or BibTeX."""

    kind: ClassVar[str] = "code"
    text: str
    label: str


@dataclass(frozen=True)
class Picture(Block):
    """A picture with its caption and a description for readers who cannot see it.

    data: the content of a PNG or SVG file
    width: width on the page in CSS pixels; pictures never exceed the page
    legend: names of the curves, in the order of their colours
    """

    kind: ClassVar[str] = "picture"
    data: bytes
    caption: str
    alt: str
    width: int = 480
    legend: Sequence[str] = ()

    @property
    def media_type(self) -> str:
        """Return the media type of the file."""
        return "image/png" if self.data.startswith(b"\x89PNG") else "image/svg+xml"


@dataclass(frozen=True)
class Gallery(Block):
    """Pictures side by side under a common caption."""

    kind: ClassVar[str] = "gallery"
    pictures: Sequence[Picture]
    caption: str = ""


Cell = str | Picture


@dataclass(frozen=True)
class Table(Block):
    """A table with a caption; the first cell of a row is its header.

    numbers: positions of right-aligned columns
    foot: a last row with totals
    """

    kind: ClassVar[str] = "table"
    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    numbers: Sequence[int] = ()
    foot: Sequence[str] = ()


@dataclass(frozen=True)
class Folded(Block):
    """Blocks that a reader on a screen opens; printed in full."""

    kind: ClassVar[str] = "folded"
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Section:
    """A titled part of the document, which may have parts of its own."""

    title: str
    blocks: Sequence[Block] = ()
    parts: Sequence[Section] = ()


@dataclass(frozen=True)
class Document:
    """A complete document: title, subtitle, summary in two to four sentences, and sections."""

    language: str
    title: str
    subtitle: str
    summary: Sequence[str]
    sections: Sequence[Section] = field(default_factory=tuple)


def shortened(text: object, longest: int = LONGEST) -> str:
    """Return a text of at most `longest` characters.

    >>> shortened("abcdef", 4)
    'abc…'
    """
    whole = str(text)
    return whole if len(whole) <= longest else f"{whole[: longest - 1]}…"


def number(value: float | None, digits: int = 4) -> str:
    """Return a number with four significant digits; empty for None.

    >>> number(0.123456), number(12345.0), number(None)
    ('0.1235', '12,345', '')
    """
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 10**digits and abs(value) < 1e15 else f"{value:.{digits}g}"
