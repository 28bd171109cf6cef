"""Findings, on logs that are written by hand, and what is advised against them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from ganarium.config.overrides import override
from ganarium.data.load import load_data
from ganarium.diagnosis.advice import ADVICE, commands_for, remedies_for
from ganarium.diagnosis.diagnose import HEALTHY, PLATEAU, STILL_IMPROVING, Diagnosis, diagnose
from ganarium.diagnosis.rules import IMPROVING, RULES
from ganarium.diagnosis.text import diagnosis_lines
from ganarium.recipes import RECIPES
from ganarium.runs.directory import Run
from ganarium.runs.events import Event, Finding, Layers, Line, Snapshot, Span, Stopped
from ganarium.runs.provenance import current_provenance
from ganarium.training.build import assemble

LENGTH = 20  # looks, five spans to each


def log(*more: Event, begin: int = 0, **numbers) -> list[Line]:
    """A sound run of twenty looks; from look `begin` on some numbers are others."""
    means = {"generator": 0.7, "discriminator": 1.4, "judged.lead": 0.6, "gradient.generator": 1.0}
    seen = {
        "counts": [64] * 4,
        "spread": 1.0,
        "within": 1.0,
        "apart": 0.01,
        "centre": [0.0, 0.0],
        "nearest": 1.0,
        "middle": 1.0,
        "averaged": 0.01,
    }
    events: list[Event] = []
    for i in range(1, LENGTH + 1):
        now = numbers if i >= begin else {}
        spanned = means | {name: value for name, value in now.items() if name in means}
        events += [Span(100 * (5 * i - 4 + j), spanned) for j in range(5)]
        events += [Layers(500 * i, {"generator.out": now.get("slope", 1.0)}, {"generator.out": 1e-3})]
        looked = seen | {name: value for name, value in now.items() if name in seen}
        events += [Snapshot(500 * i, "mnist-0", 256, due=[0.25] * 4, sorts="class", **looked)]
    return [Line(event, seq, 0, float(seq)) for seq, event in enumerate([*more, *events])]


def names(diagnosis: Diagnosis) -> list[str]:
    return [found.name for found in diagnosis.findings]


PLANTED = {
    "divergence": {"generator": 1e6},
    "constant": {"spread": 0.001},
    "memorization": {"nearest": 0.05},
    "collapse": {"counts": [256, 0, 0, 0]},
    "vanishing-gradients": {"gradient.generator": 1e-7},
    "generator-too-strong": {"judged.lead": 0.05},
    "discriminator-too-strong": {"judged.lead": 1.0, "apart": 0.9},
    "partial-collapse": {"counts": [85, 85, 85, 1]},
    "low-diversity": {"within": 0.1},
    "poor-average": {"averaged": 0.6},
}


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_found_and_nothing_else_and_since_when(name: str):
    diagnosis = diagnose(log(begin=8, **PLANTED[name]))
    assert names(diagnosis) == [name]
    (found,) = diagnosis.severe
    assert 500 * 8 - 500 < found.since <= 500 * 10
    assert found.value is not None
    assert found.threshold is not None
    assert found.text
    assert found.meaning.endswith(".")


def test_kinds_that_take_turns_are_an_oscillation():
    lines = log()
    looks = [i for i, line in enumerate(lines) if isinstance(line.event, Snapshot)]
    for turn, i in enumerate(looks):
        values = vars(lines[i].event) | {"counts": [[128, 128, 0, 0], [0, 0, 128, 128]][turn % 2]}
        lines[i] = Line(Snapshot(**values), i, 0, float(i))
    assert "oscillation" in names(diagnose(lines))


def test_a_sound_run_is_healthy_and_on_a_plateau_with_its_best_step():
    diagnosis = diagnose(log())
    assert names(diagnosis) == [HEALTHY, PLATEAU]
    assert "distance to real data 0.01" in diagnosis.findings[0].text
    assert diagnosis.severe == ()
    assert "around step 1,500" in diagnosis.findings[1].text
    assert diagnosis.findings[1].best == 1_500


def test_a_run_that_still_comes_nearer_is_improving():
    lines = log()
    events = [line.event for line in lines]
    nearer = [
        Snapshot(**vars(one) | {"apart": 2.0 ** (-one.step / 2000)}) if isinstance(one, Snapshot) else one
        for one in events
    ]
    assert names(diagnose([Line(one, i, 0, 0.0) for i, one in enumerate(nearer)])) == [HEALTHY, STILL_IMPROVING]


def test_a_number_that_was_not_finite_and_a_fault_of_the_data_are_found_without_any_look():
    stopped = [
        Line(Finding(0, "copies", "nine of ten", grave=True), 0, 0, 0.0),
        Line(Stopped(3, "diverged"), 1, 0, 0.1),
    ]
    assert names(diagnose(stopped)) == ["divergence", "data-problem"]
    assert "copies" in diagnose(stopped).findings[1].text


def test_what_was_gone_again_is_not_found_and_began_when_it_came_back():
    lines = log(begin=3, **PLANTED["collapse"])
    sound = log()
    recovered = [*lines[: len(lines) // 2], *sound[len(lines) // 2 :]]
    assert names(diagnose(recovered)) == [HEALTHY, PLATEAU]


def test_a_run_without_an_average_is_not_told_of_any():
    lines = log(averaged=None)
    assert "average-excess" not in {one.signal for one in diagnose(lines).signals}
    assert names(diagnose(lines)) == [HEALTHY, PLATEAU]
    assert "average-excess" in {one.signal for one in diagnose(log()).signals}


def test_a_poor_average_is_answered_by_the_newest_weights(tiny, tmp_path):
    run = Run(tmp_path / "run", tiny(), current_provenance({"data_hash": "", "shape": (1, 16, 16), "classes": ()}))
    (found,) = diagnose(log(**PLANTED["poor-average"])).severe
    words = f"{tmp_path / 'run'} --weights raw"
    assert commands_for(found, run) == [f"sample {words}", f"evaluate {words}"]
    assert "0.59" in found.text
    assert "alarm above 0.20" in found.text


def test_what_was_not_recorded_is_said_so_and_what_is_early_too():
    spans = [line for line in log() if isinstance(line.event, Span)]
    missing = {one.signal: one.missing for one in diagnose(spans).signals if one.value is None}
    assert missing["class-coverage"] == missing["training-distance"] == "not recorded"
    assert names(diagnose(spans)) == [HEALTHY]
    begun = diagnose(log()[:14])
    assert begun.findings == ()
    assert {one.signal: one.missing for one in begun.signals}["class-coverage"] == "too early"
    assert diagnose([]).findings == ()
    assert "too early" in next(iter(diagnosis_lines(diagnose([]), {})))


def test_kinds_are_named_as_their_owner_names_them_and_by_how_far_they_are_short():
    text = diagnose(log(counts=[85, 85, 85, 1]), ("cat", "dog", "owl", "newt")).findings[0].text
    assert "newt 2%" in text
    assert "cat" not in text
    assert "class 4 2%" in diagnose(log(counts=[85, 85, 85, 1])).findings[0].text


def test_the_docs_have_the_name_and_the_sentence_of_each_finding_and_signal():
    docs = (Path(__file__).parents[2] / "docs" / "diagnosis.md").read_text("utf-8")
    assert "\n".join(f"| `{rule.name}` | {rule.title} | {rule.meaning} |" for rule in RULES) in docs
    for signal in {criterion.signal for rule in RULES for criterion in rule.criteria} | {IMPROVING.signal}:
        assert f"| {signal.title} | `{signal.name}` | {signal.meaning} |" in docs


def test_a_diagnosis_is_plain_data():
    values = json.loads(json.dumps(diagnose(log(**PLANTED["collapse"])).as_dict(), allow_nan=False))
    assert values["findings"][0]["name"] == "collapse"


def test_every_rule_is_planted_or_has_a_test_of_its_own():
    assert {rule.name for rule in RULES} == PLANTED.keys() | {"oscillation", "data-problem"}
    assert all(hidden in {rule.name for rule in RULES} for rule in RULES for hidden in rule.hides)


@pytest.mark.parametrize("recipe", ["digits", "dense-digits", "dense-shapes", "ring", "wgan-gp", "r3gan"])
def test_advice_is_what_the_run_can_have_and_has_not(recipe: str):
    experiment = RECIPES[recipe].experiment()
    for name in ADVICE:
        advised = remedies_for(name, experiment)
        assert advised, f"{recipe} gets no advice against {name}"
        for words in advised:
            assert override(experiment, words) != experiment


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES)
def test_advice_can_be_assembled(recipe: str, needs_data: Callable[[str], None]):
    needs_data(recipe)
    experiment = RECIPES[recipe].experiment()
    source = load_data(experiment.data)
    for words in {words for name in ADVICE for words in remedies_for(name, experiment)}:
        assemble(override(experiment, words), source, torch.device("cpu"))


def test_what_no_setting_mends_has_no_settings():
    assert remedies_for("data-problem", RECIPES["digits"].experiment()) == []
    assert {rule.name for rule in RULES} - ADVICE.keys() == {"data-problem", "poor-average"}


def test_a_discriminator_at_chance_is_too_weak_only_where_samples_are_far():
    assert names(diagnose(log(**{"judged.lead": 0.5, "apart": 0.9}))) == ["generator-too-strong"]
    assert names(diagnose(log(**{"judged.lead": 0.5}))) == [HEALTHY, PLATEAU]


def test_a_kind_that_is_missing_in_the_newest_look_alone_is_too_early_to_say():
    diagnosis = diagnose(log(begin=LENGTH, counts=[85, 85, 85, 1]))
    assert names(diagnosis) == ["too-early"]
    assert diagnosis.findings[0].would_be == ("partial-collapse",)


def test_former_names_of_findings_are_read_as_the_current_ones():
    assert Finding(10, "missing-kinds", "", grave=True).name == "partial-collapse"
    assert Finding(10, "sameness", "", grave=True).name == "low-diversity"
    logged = Finding(5_000, "missing-kinds", "", grave=True, since=4_500)
    assert names(diagnose(log(logged, begin=8, **PLANTED["partial-collapse"]))) == ["partial-collapse"]


def test_the_table_marks_signals_beyond_their_threshold_and_explains_each():
    diagnosis = diagnose(log(**PLANTED["collapse"]))
    lines = list(diagnosis_lines(diagnosis, {}))
    assert lines[0].startswith("WARNING: mode collapse since step ")
    marked = {one.title for one in diagnosis.signals if any(line.startswith(f"! {one.title}  ") for line in lines)}
    assert marked == {one.title for one in diagnosis.signals if one.beyond} >= {"class coverage"}
    assert all(one.meaning.endswith(".") and f"    {one.meaning}" in lines for one in diagnosis.signals)
    assert not any(line.startswith("!") for line in diagnosis_lines(diagnose(log()), {}))


def test_a_diagnosis_prints_its_findings_without_the_table_of_signals():
    for diagnosis in (diagnose(log(**PLANTED["collapse"])), diagnose([])):
        lines = list(diagnosis_lines(diagnosis, {}))
        assert str(diagnosis).splitlines() == lines[: lines.index("")]
