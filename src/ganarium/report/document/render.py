"""Rendering of documents: one HTML file that loads nothing, and a PDF file made from it."""

from __future__ import annotations

import shutil
import subprocess
from base64 import b64encode
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ganarium.core.errors import UsageError
from ganarium.report.document.blocks import Document
from ganarium.report.document.texts import Texts

TEMPLATES = Path(__file__).with_name("templates")
REPLACEMENT = "\ufffd"


def html_of(document: Document) -> str:
    """Return a document as one HTML file without scripts and without addresses of other files."""
    template = _environment().get_template("document.html")
    style = Markup((TEMPLATES / "style.css").read_text("utf-8"))
    return template.render(document=document, style=style, t=Texts(document.language))


def pdf_of(html: str) -> bytes:
    """Return an HTML document of `html_of` as a PDF file. Raises `UsageError` if WeasyPrint is not installed."""
    refuse_without_weasyprint()
    import weasyprint

    written: bytes = weasyprint.HTML(
        string=html, url_fetcher=weasyprint.URLFetcher(allowed_protocols=["data"])
    ).write_pdf()
    return written


def refuse_without_weasyprint() -> None:
    """Raise `UsageError` if WeasyPrint cannot be imported."""
    try:
        import weasyprint  # noqa: F401
    except ImportError:
        raise UsageError("a PDF file needs WeasyPrint, which is not installed: pip install 'ganarium[pdf]'") from None
    except OSError as error:  # a system library is missing
        raise UsageError(f"WeasyPrint cannot be used, because a system library is missing: {error}") from None


def has_chinese_font() -> bool | None:
    """Return whether a font with Chinese characters is installed; None if fontconfig cannot tell."""
    program = shutil.which("fc-list")
    if program is None:
        return None
    try:
        found = subprocess.run([program, ":lang=zh", "family"], capture_output=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return bool(found.stdout.strip()) if found.returncode == 0 else None


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["base64"] = lambda data: b64encode(data).decode()
    return environment


def _visible(value: Any) -> Any:
    """Replace characters that HTML does not allow, or that change the direction of the text around them."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return "".join(letter if letter.isprintable() or letter in "\n\u3000" else REPLACEMENT for letter in value)
