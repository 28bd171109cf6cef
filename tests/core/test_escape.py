"""Names of any bytes as text."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ganarium.core.escape import listed, printable

NAMES = st.binary(max_size=6).map(lambda name: name.decode("utf-8", "surrogateescape")) | st.text(max_size=6)


def test_names_can_be_shown_whatever_their_bytes():
    odd = b"new\nline \xff\x1b[31m \xe2\x82\xac".decode("utf-8", "surrogateescape")
    assert printable(odd) == r"new\nline \xff\x1b[31m €"


@settings(max_examples=50)
@given(NAMES, NAMES)
def test_other_names_stay_others(one: str, other: str):
    assert printable(one).isprintable()
    assert (printable(one) == printable(other)) == (one == other)


def test_names_that_look_like_others_escaped_stay_others():
    odd = ["a\n", r"a\n", "\udca0", "\xa0", r"\xa0", r"\u00a0", "\ud800", "\u2028", r"\\n"]
    assert len({printable(name) for name in odd}) == len(odd)


def test_a_long_list_is_cut():
    assert listed(map(str, range(20)), most=3) == "0, 1, 2 and 17 more"
    assert listed(["x" * 100], longest=10) == "x" * 9 + "…"
