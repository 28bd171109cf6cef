"""Published numbers have a protocol and a source, and never share a column with ours."""

import tomllib
from pathlib import Path

import pytest
from benchmarks.gallery.cells import Cell
from benchmarks.gallery.entries import ENTRIES
from benchmarks.gallery.page import Shown
from benchmarks.reported import NUMBERS, PROTOCOLS, page, spread

from ganarium.evaluation.score import Score

DATA = tomllib.loads(NUMBERS.read_text())
VALUES = {
    "steps": 20,
    "seconds": 9.0,
    "processor_seconds": 8.0,
    "machine": "a machine",
    "torch": "2",
    "engine": {"device": "cpu", "threads": 1, "kernels": "onednn", "precision": "bf16", "compile": "no"},
}


def cell(seed: int, value: float) -> Cell:
    scores = [Score("modes/law", value, 8.0, 10_000, "", against="ring/law/0a1b2c3d")]
    scores += [Score("high-quality/law", 0.9, 0.98, 10_000, "", 0.01, "ring/law/0a1b2c3d")]
    return Cell(seed, VALUES | {"scores": [score.as_dict() for score in scores]})


def test_every_published_number_has_a_result_a_protocol_a_source_and_no_doubt():
    assert "unverified" not in NUMBERS.read_text()
    protocols = DATA[PROTOCOLS]
    for name, about in DATA.items():
        if name == PROTOCOLS:
            continue
        assert name in ENTRIES
        assert about["differs"].endswith(".")
        assert about["published"]
        assert about["ours"]
        for each in about["published"]:
            assert each["result"]
            assert each["number"][0].isdigit() or each["number"].startswith("about")
            assert each["protocol"] in protocols or each["source"]
    used = {each["protocol"] for name, about in DATA.items() if name != PROTOCOLS for each in about["published"]}
    assert protocols.keys() <= used


def test_our_values_are_in_a_table_of_their_own():
    shown = {"ring": Shown("ring", ENTRIES["ring"], [cell(0, 6.0), cell(1, 8.0)])}
    text = "\n".join(page({name: DATA[name] for name in ("ring", PROTOCOLS)}, shown))
    assert "| modes/law | 7 ± 13 [6, 8] | 8 |" in text
    assert "10,000 samples against ring/law, 2 seeds. 20 steps in 9 s" in text
    assert (
        "| PacGAN2: modes, high quality, KL | 7.9 ± 0.1, 95.6 ± 2.0 %, 0.07 ± 0.03 | PacGAN | Lin et al. 2018" in text
    )
    tables = [block for block in text.split("\n\n") if block.startswith("|")]
    assert [table.splitlines()[0] for table in tables] == [
        "| published | number | protocol | source |",
        "| ours | mean over seeds | floor |",
    ]
    assert "`digits`" in text.partition("## Without a published number")[2]


@pytest.mark.parametrize(("values", "text"), [([0.25], "0.25"), ([0.25, 0.25], "0.25 ± 0 [0.25, 0.25]")])
def test_one_seed_has_no_interval(values: list[float], text: str):
    assert spread(values) == text


def test_the_page_in_the_repository_was_written_from_the_numbers():
    text = (Path(NUMBERS).parents[1] / "results/reported.md").read_text()
    for name, about in DATA.items():
        for each in about.get("published", ()):
            assert f"| {each['result']} | {each['number']} |" in text, name
