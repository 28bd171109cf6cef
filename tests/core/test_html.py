"""HTML for notebooks: text stays text, and images are inside."""

import re
from html import unescape

from hypothesis import given, settings
from hypothesis import strategies as st

from ganarium.core.html import as_html, bar, element, folded, stack, table


def text_in(html: str) -> str:
    return unescape(re.sub("<[^>]*>", "", html))


@settings(max_examples=15)
@given(st.text(), st.text())
def test_any_text_is_shown_as_it_is(one: str, other: str):
    for html in (
        element("div", one, other),
        stack(element("b", one), other),
        folded(one, other),
        table([one], [[other]]),
    ):
        assert text_in(html) == one + other


def test_columns_of_numbers_are_at_the_right():
    html = table(["name", "value"], [["a", "1,500"], ["1", ""], ["b", "-2e-05"]])
    assert html.count("text-align: right") == 4
    assert html.count("text-align: left") == 4


def test_an_empty_table_has_its_head():
    assert text_in(table(["name", "value"], [])) == "namevalue"


def test_a_bar_is_never_wider_than_its_frame():
    assert "width: 100.0%" in bar(1.7)
    assert "width: 0.0%" in bar(-1.0)
    assert as_html(bar(0.5)) == bar(0.5)
