"""A strict look at the HTML of reports."""

import re
import warnings
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import html5lib

from ganarium.report.document.collection_report import document_of
from ganarium.report.document.render import html_of
from ganarium.report.document.targets import targets_of

URL = re.compile(r"https?://", re.IGNORECASE)


def report_of(*paths: Path, lang: str = "en") -> str:
    """The HTML of a report."""
    return html_of(document_of(targets_of(paths), lang, "ganarium report"))


@dataclass
class Page(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    html: str
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def named(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in tags]


def checked(html: str) -> Page:
    """The page, after checks that hold for every report: valid HTML, nothing loaded, headings, tables, alt texts."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        html5lib.HTMLParser(strict=True).parse(html)
    page = Page(html)
    assert not page.named("script", "link", "iframe", "object", "embed", "form")
    for _, attributes in page.tags:
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in ("src", "srcset", "data", "action", "poster"):
                assert value is not None
                assert value.startswith("data:image/")
            if name == "href":
                assert value is not None
                assert value.startswith("#")
            assert name == "style" or not URL.search(value or "")
    assert "url(" not in html
    assert "@import" not in html
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(image.get("alt") for image in page.named("img"))
    assert len(page.named("table")) == len(page.named("caption")) == len(page.named("thead"))
    assert all(cell.get("scope") in ("col", "row") for cell in page.named("th"))
    assert page.named("html")[0].get("lang") in ("en", "zh-Hans")
    assert "Undefined" not in html
    return page
