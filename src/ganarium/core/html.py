"""HTML for notebooks: escaped text, embedded images, no scripts, and colours that fit light and dark themes."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape
from typing import final

LINE = "1px solid rgba(128, 128, 128, 0.4)"
CELL = "padding: 0.2em 0.8em; vertical-align: top"


@final
class Html(str):
    """HTML that is inserted as it is; all other text is escaped."""

    __slots__ = ()


def as_html(content: object) -> Html:
    """Return HTML unchanged, and anything else as escaped text.

    >>> as_html("<script>"), as_html(Html("<b>"))
    ('&lt;script&gt;', '<b>')
    """
    return content if isinstance(content, Html) else Html(escape(str(content)))


def element(tag: str, *contents: object, style: str = "") -> Html:
    """Return an element with its contents."""
    attributes = f' style="{escape(style)}"' if style else ""
    return Html(f"<{tag}{attributes}>{''.join(map(as_html, contents))}</{tag}>")


def stack(*blocks: object) -> Html:
    """Return blocks stacked vertically, without empty ones."""
    shown = (as_html(block) for block in blocks)
    return element("div", *(element("div", block, style="margin: 0.3em 0") for block in shown if block))


def table(head: Sequence[object], rows: Iterable[Sequence[object]]) -> Html:
    """Return a table with right-aligned columns of numbers."""
    lines = [tuple(row) for row in rows]
    sides = ["right" if all(map(_is_number, column)) else "left" for column in zip(*lines, strict=True)]
    sides = sides or ["left"] * len(head)
    top = element("tr", *(_cell("th", *each, f"; border-bottom: {LINE}") for each in zip(head, sides, strict=True)))
    body = (element("tr", *(_cell("td", *each) for each in zip(line, sides, strict=True))) for line in lines)
    style = "border-collapse: collapse; color: inherit"
    return element("table", element("thead", top), element("tbody", *body), style=style)


def picture(png: bytes, description: str) -> Html:
    """Return an image that contains the bytes of a PNG file."""
    data = b64encode(png).decode()
    return Html(f'<img alt="{escape(description)}" style="max-width: 100%" src="data:image/png;base64,{data}">')


def folded(title: str, *contents: object) -> Html:
    """Return contents that are collapsed until the reader expands them."""
    return element("details", element("summary", title, style="cursor: pointer"), *contents)


def bar(share: float) -> Html:
    """Return a progress bar; `share` is between 0 and 1."""
    width = min(max(share, 0.0), 1.0)
    filled = element("div", style=f"width: {width:.1%}; height: 100%; background: #4c8bf5")
    return element("div", filled, style=f"width: 24em; max-width: 100%; height: 0.6em; border: {LINE}")


def rounded(number: float | None) -> str:
    """Return a number with four significant digits; an empty string for None."""
    return "" if number is None else f"{number:.4g}"


def _cell(tag: str, content: object, side: str, line: str = "") -> Html:
    return element(tag, content, style=f"text-align: {side}; {CELL}{line}")


def _is_number(content: object) -> bool:
    """Return whether a cell is empty or a number, possibly with thousands separators."""
    try:
        return float(str(content).replace(",", "") or 0) is not None
    except ValueError:
        return False
