"""Every fixed text of the reports exists in English and in Chinese."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

import ganarium.report.document
from ganarium.diagnosis import signals
from ganarium.diagnosis.diagnose import PLURALS
from ganarium.diagnosis.rules import IMPROVING, RULES
from ganarium.diagnosis.series import Signal
from ganarium.evaluation.controls import IMAGES
from ganarium.evaluation.measures import ADDITIONAL, BASIC, CLASSIFIER_STATISTICS, EXTRAPOLATED
from ganarium.recipes import RECIPES
from ganarium.report.document.texts import ALL, Texts
from ganarium.report.document.texts.evidence_texts import CLAUSES, evidence_in_chinese
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


@pytest.mark.parametrize("group", ["class", "mode", "cluster"])
def test_the_evidence_of_every_rule_has_a_translation_with_its_numbers(group: str):
    for criterion in [criterion for rule in RULES for criterion in rule.criteria]:
        text = criterion.clause(0.123, auc="97%", group=group, groups=PLURALS[group])
        translated = evidence_in_chinese(text)
        assert translated, text
        assert not re.search(r"[A-Za-z]{2,}", translated), translated
        assert not HALF_WIDTH.search(translated), translated
        assert sorted(re.findall(r"[\d.]+", translated)) == sorted(re.findall(r"[\d.]+", text))
    improving = IMPROVING.text.format(value="25%")
    assert evidence_in_chinese(f"{improving} (counts as improving {IMPROVING.limit})") == (
        "最新快照比之前的快照离数据近 25%（高于 20% 时算作改进）"
    )


def test_evidence_of_several_clauses_is_translated_as_a_whole_or_not_at_all():
    collapse = "only 30% of the classes are generated (alarm below 50%)"
    shares = "generated, relative to the expected number: digit (0) 0%, b 5% and 2 more"
    assert evidence_in_chinese(f"possibly mode collapse: {collapse}; {shares}; or oscillation, divergence") == (
        "可能是模式坍塌：只生成了 30% 的类别（低于 50% 时报警）；与预期数量相比的生成量："
        "digit (0) 0%, b 5% and 2 more；"
        "也可能是振荡、发散"
    )
    assert evidence_in_chinese(f"{collapse}; something new") is None
    assert evidence_in_chinese("the data check found severe faults: 2; few, blank") == (
        "数据检查发现 2 种严重缺陷；few, blank"
    )
    assert evidence_in_chinese("") is None


def test_the_evidence_of_real_runs_is_translated():
    for text in (
        "none of the 20 signals is beyond its threshold; distance to real data 0.31 (0.05 is perfect); not recorded: "
        "class coverage, sample drift",
        "the newest snapshots are 3% farther from the data than the previous ones (counts as improving above 20%); "
        "samples were closest to the data around step 1,200",
        "2% of the samples change their mode from one snapshot to the next (alarm above 25%); the generator's loss "
        "repeats every 200 steps",
        "training stopped because a loss or weight was not finite",
    ):
        translated = evidence_in_chinese(text)
        assert translated
        assert not re.search(r"[A-Za-z]{2,}", translated), translated
    for english, chinese in CLAUSES.items():
        assert placeholders(english) == placeholders(chinese), english
