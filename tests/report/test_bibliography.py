"""Every work that ganarium cites has a BibTeX entry."""

import re

import pytest

from ganarium.config.plugins import REGISTRIES
from ganarium.config.remedies.related_settings import CHOICES
from ganarium.recipes import RECIPES
from ganarium.report.document.bibliography import without_entry, works, works_in

CITED = dict.fromkeys(
    [
        *(entry.paper for registry in REGISTRIES for entry in registry.values() if entry.paper and not entry.origin),
        *(recipe.source for recipe in RECIPES.values()),
        *(choice.paper for choice in CHOICES),
    ]
)


@pytest.mark.parametrize("citation", CITED)
def test_a_cited_work_has_an_entry(citation: str):
    assert not without_entry(citation)


def test_every_entry_is_cited_and_has_an_author_a_title_and_a_year():
    assert works_in(CITED) == list(works())
    assert len({work.key for work in works()}) == len(works())
    for work in works():
        assert work.bibtex.count("{") == work.bibtex.count("}")
        assert all(
            re.search(rf"^  {name} = \{{.+\}}", work.bibtex, re.MULTILINE) for name in ("author", "title", "year")
        )


def test_a_work_that_is_unknown_is_named():
    assert without_entry("Somebody 2031, A paper (arXiv 3101.00001)") == ["3101.00001"]
    assert without_entry("Somebody 1900") == ["Somebody 1900"]
