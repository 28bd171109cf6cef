"""Registered parts: their settings, messages and names, without training anything."""

import threading
from dataclasses import dataclass
from typing import Annotated

import pytest
from pydantic import BaseModel, Field

import ganarium
from ganarium.config import register
from ganarium.config.objectives import OBJECTIVES
from ganarium.core.errors import SettingsError, UsageError
from ganarium.losses.objectives import critic_discriminator, critic_generator


@pytest.fixture(autouse=True)
def _registries(own_registries: None) -> None:
    """Every test registers what it needs, and leaves nothing."""


def losses(margin: float = 1.0, power: Annotated[int, Field(ge=1, description="exponent")] = 2):  # noqa: ARG001
    """Some loss.

    With a second paragraph.
    """
    return critic_discriminator, critic_generator


def test_parameters_become_settings_with_their_types_defaults_and_limits():
    assert register.objective("some-loss")(losses) is losses
    settings = ganarium.experiment("digits", "objective=some-loss", "objective.margin=2").objective
    assert (settings.kind, settings.margin, settings.power) == ("some-loss", 2.0, 2)
    assert type(settings).model_fields["power"].description == "exponent"
    assert OBJECTIVES["some-loss"].line == "Some loss."
    with pytest.raises(SettingsError, match=r"objective\.power=0: .*greater than or equal to 1"):
        ganarium.experiment("digits", "objective=some-loss", "objective.power=0")


class Drift:
    """Keep logits small."""

    def __init__(self, weight: float = 0.1) -> None:
        self.weight = weight


@dataclass
class Plain:
    margin: float = 3.0


class Checked(BaseModel):
    margin: float = Field(3.0, gt=0)


@pytest.mark.parametrize("model", [Plain, Checked])
def test_settings_may_be_a_dataclass_or_a_pydantic_model_of_which_the_part_gets_an_instance(model: type):
    received = []

    @register.objective("modelled", settings=model)
    def modelled(settings):
        received.append(settings)
        return losses()

    experiment = ganarium.experiment("digits", objective={"kind": "modelled", "margin": 4})
    OBJECTIVES["modelled"].load()(experiment.objective)
    assert received == [model(margin=4.0)]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["objective=some-los"], r"objective: unknown name 'some-los'; did you mean some-loss\?"),
        (
            ["objective=some-loss", "objective.margn=1"],
            r"no setting named 'objective.margn'; did you mean objective.margin\?",
        ),
        (["objective=some-loss", "objective.margin=wide"], "objective.margin=wide: input should be a valid number"),
        (["remedies.drifts=true"], r"no setting named 'remedies.drifts'; did you mean remedies.drift"),
        (["remedies.drift.wight=1"], r"no setting named 'remedies.drift.wight'; did you mean remedies.drift.weight\?"),
    ],
)
def test_a_wrong_word_is_answered_as_for_parts_of_ganarium(words: list[str], complaint: str):
    register.objective("some-loss")(losses)
    register.remedy("drift")(Drift)
    with pytest.raises(SettingsError, match=complaint) as by_words:
        ganarium.experiment("digits", *words)
    assert "\n" not in str(by_words.value)


def untyped(margin):
    return losses(margin)


def of_a_lock(lock: threading.Lock):
    return losses(lock)


def of_a_class(layer=Drift):
    return losses(layer)


def of_nowhere(margin: "Nowhere" = 1.0):  # noqa: F821
    return losses(margin)


def of_none(margin: Annotated[float | None, Field(description="margin")] = 1.0):
    return losses(margin)


@pytest.mark.parametrize(
    ("complaint", "name", "function"),
    [
        ("objective 'x': parameter 'layer' has a default that a run cannot record", "x", of_a_class),
        ("of_nowhere: its annotations cannot be resolved: name 'Nowhere' is not defined", "x", of_nowhere),
        ("objective 'x': parameter 'margin' may be None, which a run does not record", "x", of_none),
        ("objective 'hinge' is already registered by ganarium: choose another name", "hinge", losses),
        ("objective 'custom': this name is reserved", "custom", losses),
        ("objective 'Some Loss': use a name of lower-case letters", "Some Loss", losses),
        ("objective 'x': parameter 'margin' has neither a type nor a default", "x", untyped),
        ("objective 'x': invalid settings: ", "x", of_a_lock),
    ],
)
def test_what_cannot_be_registered_is_refused_and_nothing_is_added(complaint: str, name: str, function):
    before = [*OBJECTIVES]
    with pytest.raises(UsageError, match=complaint):
        register.objective(name)(function)
    assert [*OBJECTIVES] == before


def test_keywords_words_and_settings_objects_mean_the_same():
    by_words = ganarium.experiment("digits", "optim.lr=1e-3", "objective=hinge", "remedies.r1.gamma=0.3", "seed=4")
    remedies = {"r1": ganarium.config.R1(gamma=0.3)}
    by_keywords = ganarium.experiment("digits", optim={"lr": 1e-3}, objective="hinge", remedies=remedies, seed=4)
    assert by_keywords == by_words
    objective = ganarium.config.Hinge()
    assert (
        ganarium.experiment("digits", seed=4).replace(
            optim={"lr": 1e-3}, objective=objective, remedies={"r1": {"gamma": 0.3}}
        )
        == by_words
    )


@pytest.mark.parametrize(
    ("word", "keywords"),
    [
        ("optim.lrr=1", {"optim": {"lrr": 1}}),
        ("objective=hing", {"objective": "hing"}),
        ("optm.lr=1", {"optm": {"lr": 1}}),
        ("remedies.r1.gamma=-1", {"remedies": {"r1": {"gamma": -1}}}),
        ("seed=-1", {"seed": -1}),
    ],
)
def test_a_wrong_keyword_gets_the_message_of_the_wrong_word(word: str, keywords: dict[str, object]):
    with pytest.raises(SettingsError) as by_word:
        ganarium.experiment("digits", word)
    with pytest.raises(SettingsError) as by_keyword:
        ganarium.experiment("digits", **keywords)
    assert str(by_keyword.value) == str(by_word.value)


def test_none_and_false_remove_a_remedy():
    full = ganarium.experiment("digits", remedies={"r1": True, "drift": False})
    assert "r1" in full.remedies
    for nothing in (None, False):
        assert "r1" not in full.replace(remedies={"r1": nothing}).remedies


def test_the_same_part_may_be_registered_again_as_by_a_notebook_cell():
    register.objective("some-loss")(losses)
    register.objective("some-loss")(losses)
    with pytest.raises(UsageError, match="already registered by"):
        register.objective("some-loss")(of_a_lock_or_none)


def of_a_lock_or_none():
    return losses()


def test_a_decorator_without_a_name_says_how_it_is_written():
    with pytest.raises(
        UsageError, match=r'name the objective, for example @ganarium\.register\.objective\("my-name"\)'
    ):
        register.objective(losses)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("neutral", "complaint"),
    [
        (
            {"unknown": 0},
            "remedy 'drift': neutral names 'unknown', which is not one of its settings; available: weight",
        ),
        ({"weight": "none"}, "remedy 'drift': neutral value weight='none': "),
    ],
)
def test_neutral_settings_must_be_settings(neutral: dict[str, object], complaint: str):
    with pytest.raises(UsageError, match=complaint):
        register.remedy("drift", neutral=neutral)(Drift)
    register.remedy("drift", neutral={"weight": 0})(Drift)
