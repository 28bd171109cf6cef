"""Every fixed text of the reports exists in English and in Chinese."""

import ast
import re
from pathlib import Path
from string import Formatter

import ganarium.report.document
from ganarium.diagnosis import signals
from ganarium.diagnosis.rules import RULES
from ganarium.diagnosis.series import Signal
from ganarium.evaluation.controls import IMAGES
from ganarium.evaluation.measures import ADDITIONAL, BASIC, CLASSIFIER_STATISTICS, EXTRAPOLATED
from ganarium.recipes import RECIPES
from ganarium.report.document.texts import ALL, Texts
from ganarium.report.document.texts.recipe_texts import CHOICES, RECIPE_LINES

FOLDER = Path(ganarium.report.document.__file__).parent
CHINESE = re.compile(r"[\u4e00-\u9fff]")
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:!?]|[,;:!?][\u4e00-\u9fff]")
SAME = {
    "findings.plain",
    "scores.margin",
    "score.with-reader",
    "findings.heading",
    "compared.subtitle",
}  # without words of their own


def placeholders(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_text_has_two_languages_with_the_same_placeholders():
    for key, (english, chinese) in ALL.items():
        assert english, key
        assert not CHINESE.search(english), key
        assert placeholders(english) == placeholders(chinese), key
        assert CHINESE.search(chinese) or key in SAME, key
        assert not HALF_WIDTH.search(chinese), key


def literal_keys() -> set[str]:
    """The keys that the code and the templates name in full."""
    keys = set()
    for file in FOLDER.rglob("*.py"):
        if file.parent.name == "texts":
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("t", "view.t") and node.args:
                named = ast.walk(node.args[0])
                keys |= {one.value for one in named if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    for file in FOLDER.rglob("*.html"):
        keys |= set(re.findall(r"\bt\('([^']+)'\)", file.read_text("utf-8")))
    return {key for key in keys if not key.endswith(".")}


def test_the_code_names_only_texts_that_exist():
    assert literal_keys() - set(ALL) <= {"test", "validation"}


def test_every_finding_signal_measure_control_and_recipe_is_translated():
    for rule in RULES:
        assert ALL[f"finding.{rule.name}"][0] == rule.title
        assert ALL[f"meaning.{rule.name}"][0] == rule.meaning
    for one in vars(signals).values():
        if isinstance(one, Signal):
            assert ALL[f"signal.{one.name}"][0] == one.title
    for measure in (*BASIC, *ADDITIONAL, CLASSIFIER_STATISTICS, EXTRAPOLATED):
        assert {f"measure.{name}" for name in measure.notes} <= set(ALL)
    assert {f"control.{name}" for name in IMAGES} <= set(ALL)
    assert set(RECIPE_LINES) == set(RECIPES)
    assert set(CHOICES) <= {choice for recipe in RECIPES.values() for choice in recipe.choices}
    assert all(CHINESE.search(text) for text in (*RECIPE_LINES.values(), *CHOICES.values()))


def test_values_are_inserted_as_they_are():
    assert "{x}" in Texts("zh")("summary.findings", findings="{x}")
