"""A run is never called healthy while a sign is beyond its threshold: it is the finding, or too early to say."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ganarium
from ganarium.diagnosis.diagnose import HEALTHY, TOO_EARLY, Diagnosis, SignalValue, diagnose
from ganarium.diagnosis.error_rates import errors_of
from ganarium.diagnosis.rules import RULES
from ganarium.diagnosis.text import diagnosis_lines
from ganarium.runs.directory import Run
from ganarium.runs.events import Event, Finding, Layers, Line, Snapshot, Span, Stopped

KINDS = 4
NUMBERS = st.one_of(st.floats(0, 2), st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.75, 1.0, 5.0, 500.0, 1e30]))
MAYBE = st.one_of(st.none(), NUMBERS)
COUNTS = st.lists(st.integers(0, 64), min_size=KINDS, max_size=KINDS).filter(any)
MEANS = {"generator": 0.7, "discriminator": 1.4, "judged.lead": 0.6, "gradient.generator": 1.0, "slope": 1.0}
SOUND = {"spread": 1.0, "within": 1.0, "apart": 0.01, "nearest": 1.0, "middle": 1.0, "core": 1.0}


def few_changed(sound: dict[str, float]) -> st.SearchStrategy[dict[str, float]]:
    """A sound run's numbers, of which one or two are others."""
    return st.dictionaries(st.sampled_from(sorted(sound)), NUMBERS, min_size=1, max_size=2).map(
        lambda changed: sound | changed
    )


@st.composite
def logs(draw: st.DrawFn) -> list[Line]:
    """Logs of any length whose numbers are sound for a while and then are not, or the other way round."""
    if draw(st.booleans()):
        looks = [draw(st.builds(_look, COUNTS, NUMBERS, MAYBE, NUMBERS, MAYBE, MAYBE, MAYBE)) for _ in range(2)]
        spans = [draw(st.fixed_dictionaries(dict.fromkeys(MEANS, NUMBERS))) for _ in range(2)]
    else:
        even, other = [16] * KINDS, draw(st.just([16] * KINDS) | COUNTS)
        looks = [_look(even, **SOUND), _look(other, **draw(few_changed(SOUND)))]
        spans = [MEANS, draw(few_changed(MEANS))]
    n, interval = draw(st.integers(0, 12)), draw(st.sampled_from([25, 100, 500]))
    turn = n - draw(st.integers(1, 3) | st.integers(0, 12))  # most signs count when two or three looks show them
    events: list[Event] = []
    for i in range(1, n + 1):
        late = int(i > turn)
        events += [Span(interval * i, spans[late]), Layers(interval * i, {"generator.out": spans[late]["slope"]}, {})]
        events.append(Snapshot(interval * i, "law", **looks[late]))
    if draw(st.booleans()):
        events = [event for event in events if not isinstance(event, draw(st.sampled_from([Span, Snapshot, Layers])))]
    events += draw(st.sampled_from([[], [Finding(0, "copies", "nine of ten", grave=True)], [Stopped(1, "diverged")]]))
    return [Line(event, seq, 0, float(seq)) for seq, event in enumerate(events)]


def _look(counts, spread, within, apart, nearest, middle, core) -> dict:
    shown = {"spread": spread, "within": within, "apart": apart, "nearest": nearest, "middle": middle, "core": core}
    return {"n": sum(counts), "counts": counts, "due": [1 / KINDS] * KINDS, "centre": [apart, 0.0], **shown}


def beyond(diagnosis: Diagnosis) -> list[SignalValue]:
    """Signs in the table that is shown, on the wrong side of their thresholds."""
    shown = [one for one in diagnosis.signals if one.value is not None and one.signal != "improvement"]
    return [one for one in shown if (one.value > one.threshold if one.above else one.value < one.threshold)]


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(logs())
def test_no_run_with_a_sign_beyond_its_threshold_is_healthy(lines: list[Line]):
    diagnosis = diagnose(lines)
    names = [found.name for found in diagnosis.findings]
    if beyond(diagnosis):
        assert HEALTHY not in names
        assert diagnosis.severe or names == [TOO_EARLY]
        told = {found.name for found in (*diagnosis.severe, *diagnosis.suspected)}
        assert told
        for rule in RULES:  # the gravest first, so that what is hidden hides as well
            told |= set(rule.hides) if rule.name in told else set()
        titles = {rule.title: rule.name for rule in RULES}
        assert {titles[one.indicates] for one in beyond(diagnosis)} <= told
    if names == [TOO_EARLY]:
        text = "\n".join(diagnosis_lines(diagnosis, {}))
        assert "too early to say" in text
        assert f"possibly {diagnosis.suspected[0].title}: " in text
        assert diagnosis.findings[0].would_be == tuple(found.name for found in diagnosis.suspected)
    json.dumps(diagnosis.as_dict(), allow_nan=False)


def young(lead: float, apart: float) -> Diagnosis:
    """A run of 300 steps whose discriminator has a lead and whose samples stay as far from the data as they are."""
    spans = [Span(step, {"judged.lead": lead}) for step in (100, 200, 300)]
    looks = [
        Snapshot(step, "law", **_look([64] * KINDS, 1.0, 1.0, apart, 1.0, 1.0, 1.0)) for step in range(25, 325, 25)
    ]
    return diagnose([Line(event, seq, 0, float(seq)) for seq, event in enumerate([*spans, *looks])])


@pytest.mark.parametrize(
    ("lead", "name"), [(1.0, "discriminator-too-strong"), (0.5, "generator-too-strong"), (0.0, "generator-too-strong")]
)
def test_a_discriminator_that_does_not_fit_is_suspected_in_a_young_run_where_samples_are_far(lead: float, name: str):
    both = {"discriminator-too-strong", "generator-too-strong"}
    assert both & {found.name for found in young(lead, 0.2).suspected} == {name}
    assert not both & {found.name for found in young(0.81, 0.2).suspected}


@pytest.mark.parametrize("lead", [i / 50 for i in range(51)])
def test_no_discriminator_is_both_too_weak_and_too_strong(lead: float):
    told = {found.name for found in young(lead, 0.9).suspected}
    assert not {"discriminator-too-strong", "generator-too-strong"} <= told


WORDS = ("dense-digits", "generator.hidden=[16]", "discriminator.hidden=[16]", "optim.lr=0.02", "train.batch=16")
WORDS += ("data.count=300", "engine.threads=1", "engine.kernels=default", "engine.device=cpu", "engine.compile=no")
WORDS += ("record.sample_every=0", "record.evaluate_every=0")


@pytest.fixture(scope="module")
def collapsed(tmp_path_factory) -> Path:
    """A short run of the default record settings that makes one picture whatever its latents."""
    home = tmp_path_factory.mktemp("short")
    ganarium.train(*WORDS, "train.steps=250", out=home / "young", on_line=str)
    ganarium.train(*WORDS, "train.steps=700", out=home / "older", on_line=str)
    return home


@pytest.mark.slow
def test_a_young_collapsed_run_is_too_early_to_say_and_an_older_one_is_the_finding(collapsed: Path):
    young, older = (ganarium.diagnose(collapsed / name) for name in ("young", "older"))
    assert [found.name for found in young.findings] == [TOO_EARLY]
    assert beyond(young)
    assert {"collapse", "constant"} & set(young.findings[0].would_be)
    assert {"collapse", "constant"} & {found.name for found in older.severe}


@pytest.mark.slow
def test_looks_are_frequent_at_first_only_where_a_run_was_not_recorded_without(collapsed: Path):
    looks = [line.event.step for line in Run.open(collapsed / "older").events() if isinstance(line.event, Snapshot)]
    assert looks == [*range(25, 275, 25), 300, 350, 400, 450, 500, 600, 700]
    file = collapsed / "older" / "experiment.toml"
    file.write_text(file.read_text().replace("monitor_early = true\n", ""))
    assert not Run.open(collapsed / "older").experiment.record.monitor_early


@pytest.mark.slow
def test_study_and_trial_do_not_call_it_healthy(collapsed: Path):
    found = ganarium.trial(collapsed / "young", "r1", at=0, steps=250, out=collapsed / "trial", on_line=str)
    label = found.outcomes[0].findings[0]
    assert label.startswith("too-early:")
    assert {"collapse", "constant"} & set(label.partition(":")[2].split("+"))


def test_every_finding_that_is_measured_has_its_errors_with_an_interval():
    known = {rule.name: errors_of(rule.name) for rule in RULES}
    assert sum(errors is not None for errors in known.values()) >= 11
    for errors in filter(None, known.values()):
        assert 0 <= errors.missed.low <= errors.missed.high <= 1
        assert errors.missed.wrong <= errors.unsure.wrong
