"""Settings and scores that were renamed: old names still work, in overrides, files, runs and logs."""

import logging
from pathlib import Path

import pytest

from ganarium.config.base import former_names
from ganarium.config.experiment import RecordConfig
from ganarium.config.overrides import experiment_from, override, plain, read_toml
from ganarium.config.registry import Registry
from ganarium.config.remedies import REMEDIES
from ganarium.config.updates import UPDATES
from ganarium.core.errors import SettingsError
from ganarium.evaluation.score import Score
from ganarium.recipes import find_recipe
from ganarium.runs.events import Scored, read_lines
from ganarium.runs.provenance import pop_provenance
from ganarium.runs.renamed_scores import FORMER_NAMES, current_name

EARLIER = Path(__file__).parents[1] / "runs/earlier"
BASE = find_recipe("digits").experiment()
WORDS = {
    "record.every=7": ("record", "log_every"),
    "record.samples=7": ("record", "sample_every"),
    "record.scores=7": ("record", "evaluate_every"),
    "record.looks=7": ("record", "monitor_every"),
    "generator.widest=7": ("generator", "max_channels"),
    "discriminator.across_group=7": ("discriminator", "batch_features_group"),
}


@pytest.fixture
def notices(caplog):
    caplog.set_level(logging.WARNING, "ganarium")
    return lambda: [record.getMessage() for record in caplog.records]


@pytest.mark.parametrize("word", WORDS)
def test_an_override_by_a_former_name_sets_the_new_one_and_says_so_once(word: str, notices):
    base = override(BASE, ["generator=conv", "discriminator=conv"])
    table, name = WORDS[word]
    old, new = word.partition("=")[0], f"{table}.{name}"
    assert override(base, [word]) == override(base, [f"{new}=7"]) != base
    assert notices() == [f"{old} is now called {new}; the old name still works"]


def test_settings_of_a_kind_that_the_word_chooses_are_renamed_too(notices):
    chosen = override(BASE, ["update=adaptive", "update.ahead=0.9", "update.most=3", "remedies.ema.rising=4"])
    assert (chosen.update.lead_threshold, chosen.update.max_steps) == (0.9, 3)
    assert chosen.remedies["ema"].ramp_steps == 4
    assert len(notices()) == 3


def test_a_file_may_use_former_names_but_not_both(notices):
    values = plain(BASE)
    values["record"] = {"every": 7}
    assert experiment_from(values) == override(BASE, ["record.log_every=7"])
    assert notices() == ["every is now called log_every; the old name still works"]
    values["record"] = {"every": 7, "log_every": 8}
    with pytest.raises(SettingsError, match="every is the former name of log_every; remove every"):
        experiment_from(values)


@pytest.mark.parametrize("registry", [UPDATES, REMEDIES])
def test_no_former_name_is_a_current_one(registry: Registry):
    models = [RecordConfig, *(entry.settings for entry in registry.values())]
    for model in models:
        assert not former_names(model).keys() & model.model_fields.keys()


def test_a_recorded_run_is_read_without_notices(notices):
    for folder in (EARLIER / name for name in ("pictures", "labels", "plane")):
        values = read_toml(folder / "experiment.toml")
        assert pop_provenance(values)["data_hash"]
        assert experiment_from(values, recorded=True).record.log_every == values["record"]["every"]
        assert list(read_lines(folder / "events.jsonl"))
    assert notices() == []


@pytest.mark.parametrize("old", FORMER_NAMES)
def test_recorded_scores_get_their_current_names(old: str):
    new = current_name(f"{old}/mnist-a4c2b1da")
    assert new == f"{FORMER_NAMES[old]}/mnist-a4c2b1da" == current_name(new)
    assert Scored(0, f"{old}/mnist-a4c2b1da", 1.0, None, 10).name == new
    recorded = {"name": f"{old}/mnist-a4c2b1da", "value": 1.0, "floor": None, "n": 10, "note": ""}
    assert Score.from_dict(recorded).name == new
