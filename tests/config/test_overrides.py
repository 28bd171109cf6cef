"""From words to an Experiment and back; what is refused, and how."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganarium.config.experiment import Experiment
from ganarium.config.messages import FROM_PYTORCH, known_keys
from ganarium.config.overrides import (
    LARGEST_FILE,
    data_settings,
    differences,
    experiment_from,
    flatten,
    override,
    parse_override,
    plain,
    quoted,
    read_toml,
    to_toml,
)
from ganarium.config.remedies.regularization import R1Config
from ganarium.core.errors import GanariumError, InputError, NewerFormatError, SettingsError
from ganarium.recipes import RECIPES, find_recipe

DIGITS = find_recipe("digits").experiment()
ODD = [
    "[]",
    "{}",
    "[[1]]",
    "{a=1}",
    "{kind=[1]}",
    "1979-05-27",
    "1e400",
    "nan",
    "-inf",
    '"a\\nb"',
    "3\nx=4",
    "\x1b[31m",
    "9" * 60,
]

# word, what the message must name, and what it must offer ("" where nothing is near)
WRONG = [
    ("optim.lrr=1", "optim.lrr", "optim.lr"),
    ("optim.lr=-1", "optim.lr=-1", "greater than 0"),
    ("optim.lr=nan", "optim.lr=nan", ""),
    ("optim.lr=fast", "optim.lr=fast", "number"),
    ("optim.lr", "'optim.lr'", "a.b=value"),
    ("=3", "'=3'", "a.b=value"),
    ("optim..lr=1", "'optim..lr=1'", "a.b=value"),
    ('optim.lr="1\\n2"', "optim.lr", "number"),
    ("optim.lr=1\n2", "optim.lr", "number"),
    ("optim.lr.x=1", "optim.lr", "number"),
    ("optim.beta1=1", "optim.beta1=1", "less than 1"),
    ("optim=adm", "'adm'", "adam"),
    ("optim.schedule=cosin", "optim.schedule=cosin", "cosine"),
    ("data=lins", "'lins'", "lines"),
    ("data.kind=rng", "'rng'", "ring"),
    ("data.kind=3", "'3'", "mnist"),
    ("data=3", "data=3", ""),
    ("data={}", "data", "data=NAME"),
    ("data.cout=5", "data.cout", "data.count"),
    ("data.count=0", "data.count=0", "greater than or equal to 1"),
    ("data.count=60_001", "data.count=60001", "60000"),
    ("data.count=many", "data.count=many", "integer"),
    ("generator=dens", "'dens'", "dense"),
    ("generator.hiden=[3]", "generator.hiden", "generator.hidden"),
    ("generator.hidden=[0]", "generator.hidden.0=0", "greater than 0"),
    ("generator.noise=unifrom", "generator.noise=unifrom", "uniform"),
    ("generator.output=sigmod", "generator.output=sigmod", "sigmoid"),
    ("generator.activation=leaky_relu", "leaky_relu", "leaky-relu"),
    ("generator.init=xavier", "generator.init=xavier", "'glorot'"),
    ("discriminator.dropout=1", "discriminator.dropout=1", "less than 1"),
    ("discriminator.dropot=0.1", "discriminator.dropot", "discriminator.dropout"),
    ("objective=minmax", "'minmax'", "minimax"),
    ("objective=nonsaturating", "'nonsaturating'", "non-saturating"),
    ("game=sinthesis", "'sinthesis'", "synthesis"),
    ("game.conditonal=true", "game.conditonal", "game.conditional"),
    ("game.conditional=maybe", "game.conditional=maybe", "boolean"),
    ("update=alternate", "'alternate'", "alternating"),
    ("update.discriminator_step=3", "update.discriminator_step", "update.discriminator_steps"),
    ("update.discriminator_steps=1.5", "update.discriminator_steps=1.5", "integer"),
    ("latents=share", "latents=share", "shared"),
    ("remedies.r1.gama=1", "remedies.r1.gama", "remedies.r1.gamma"),
    ("remedies.r1.gamma=-1", "remedies.r1.gamma=-1", "greater than or equal to 0"),
    ("remedies.spectralnorm=true", "remedies.spectralnorm", "remedies.spectral_norm"),
    ("remedies.pacgan=true", "remedies.pacgan", "remedies.packing=true"),
    ("remedies.wgan_gp=true", "remedies.wgan_gp", "remedies.gradient_penalty=true"),
    ("remedies.unrolled.steps=5", "remedies.unrolled", "update=unrolled"),
    ("remedies.extragradient=true", "remedies.extragradient", "update=extragradient"),
    (
        "remedies.minibatch_discrimination=true",
        "minibatch_discrimination",
        "discriminator.batch_features=discrimination",
    ),
    ("remedies.batch_norm=true", "remedies.batch_norm", "generator.norm=batch"),
    ("remedies.ttur=true", "remedies.ttur", "optim.discriminator_lr"),
    ("remedies.minibatch_stddev=true", "remedies.minibatch_stddev", "discriminator.batch_features=deviation"),
    ("remedies.simgan=true", "remedies.simgan", "remedies.image_pool=true"),
    ("remedies.zzz=true", "remedies.zzz", "ganarium remedies"),
    ("remedies.ema=3", "remedies.ema=3", ""),
    ("train.step=3", "train.step", "train.steps"),
    ("train.batch=0", "train.batch=0", "greater than or equal to 1"),
    ("train=3", "train=3", ""),
    ("record.evry=3", "record.evry", "record.log_every"),
    ("engine.device=gpu", "'gpu'", "cuda"),
    ("engine.threads=-1", "engine.threads=-1", "greater than or equal to 0"),
    ("seed=-1", "seed=-1", "greater than or equal to 0"),
    ("seed=9223372036854775808", "seed=9223372036854775808", "less than"),
    ("seeed=3", "seeed", "seed"),
]


@pytest.mark.parametrize(("word", "named", "offered"), WRONG, ids=[word for word, *_ in WRONG])
def test_a_wrong_word_is_named_and_answered_with_the_nearest_right_one(word: str, named: str, offered: str):
    with pytest.raises(SettingsError) as refusal:
        override(DIGITS, [word])
    message = str(refusal.value)
    assert named in message
    assert offered in message.replace(named, "", 1)
    assert "\n" not in message


@pytest.mark.parametrize("bad", ["optim.lr=inf", "data.mean=nan", "train.seconds=inf", "remedies.r1.gamma=inf"])
def test_numbers_that_are_not_finite_are_refused_where_they_mean_nothing(bad: str):
    with pytest.raises(SettingsError):
        override(DIGITS, ["data=gaussians", bad] if "data." in bad else [bad])


def taken_or_refused(word: str) -> Experiment | str:
    """What becomes of a word: the changed experiment, or the refusal."""
    try:
        return override(DIGITS, [word])
    except GanariumError as refusal:
        return str(refusal)


@pytest.mark.slow
@given(st.sampled_from(sorted(known_keys(plain(DIGITS)))), st.text(max_size=8) | st.sampled_from(ODD))
def test_any_value_for_any_key_is_taken_or_refused_in_one_line(key: str, text: str):
    answer = taken_or_refused(f"{key}={text}")
    if isinstance(answer, Experiment):
        assert experiment_from(plain(answer)) == answer
    else:
        assert answer.isprintable()


@pytest.mark.slow
@given(st.text(max_size=20))
def test_any_text_at_all_is_taken_or_refused_in_one_line(word: str):
    answer = taken_or_refused(word)
    assert isinstance(answer, Experiment) or answer.isprintable()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("1e-3", 1e-3),
        ("true", True),
        ("[1, 2]", [1, 2]),
        ("'3'", "3"),
        ("lines", "lines"),
        ("inf", float("inf")),
        ("", ""),
    ],
)
def test_a_value_parses_as_toml_else_as_a_string(text: str, value: object):
    assert parse_override(f"a.b={text}") == (("a", "b"), value)


@pytest.mark.parametrize("place", ["folder", "array", "idx", "path"])
@pytest.mark.parametrize(
    "name", ["2024-01-01", "1e3", "true", "[1]", "12:30:00", "my pics", '"a" # b', "'x'", '"y"', "3"]
)
def test_a_place_is_text_whatever_it_looks_like(place: str, name: str):
    assert parse_override(f"data.{place}={quoted(name)}") == (("data", place), name)


@pytest.mark.parametrize("name", ["~nosuchuser/x", "a\0b", "caf\udce9"])
def test_a_place_that_cannot_be_is_refused(name: str):
    with pytest.raises(SettingsError, match=r"unknown user|UTF-8"):
        data_settings([f"folder={name}"])


def test_only_the_first_equals_sign_parts_name_from_value():
    assert parse_override("recipe=a=b") == (("recipe",), "a=b")


def test_overrides_change_what_they_name_and_nothing_else():
    changed = override(DIGITS, ["optim.lr=0.5", "generator.hidden=[3]", "remedies.r1=false", "remedies.top_k=true"])
    assert differences(DIGITS, changed) == {
        "generator.hidden": (list(DIGITS.generator.hidden), [3]),
        "optim.lr": (DIGITS.optim.lr, 0.5),
        "remedies.r1.gamma": (DIGITS.remedies["r1"].gamma, None),
        "remedies.r1.every": (1, None),
        "remedies.r1.differences": (0.0, None),
        "remedies.r1.schedule": ("constant", None),
        "remedies.r1.final": (0.0, None),
        "remedies.r1.schedule_start": (0.0, None),
        "remedies.r1.schedule_end": (1.0, None),
        "remedies.top_k.share": (None, 0.75),
        "remedies.top_k.schedule": (None, "constant"),
        "remedies.top_k.final": (None, 0.0),
        "remedies.top_k.schedule_start": (None, 0.0),
        "remedies.top_k.schedule_end": (None, 1.0),
    }


def test_a_new_kind_begins_with_its_own_defaults_wherever_it_stands():
    first = override(DIGITS, ["optim=sgd", "optim.momentum=0.3"])
    last = override(DIGITS, ["optim.momentum=0.3", "optim.kind=sgd"])
    assert first == last
    schedule = {"schedule": "constant", "final": 0.0, "schedule_start": 0.0, "schedule_end": 1.0}
    assert plain(first.optim) == {"kind": "sgd", "lr": 0.1, "momentum": 0.3, **schedule}


def test_the_last_of_two_words_for_one_key_holds():
    assert override(DIGITS, ["seed=1", "seed=2"]).seed == 2


@pytest.mark.parametrize("name", ["norm", "batch_features"])
def test_none_is_a_value_where_a_setting_has_it(name: str):
    critic = override(DIGITS, ["discriminator=conv", f"discriminator.{name}=none"]).discriminator
    assert getattr(critic, name) == "none"
    assert override(DIGITS, ["data.folder=pics", "data.labels=none"]).data.labels == "none"


def test_none_takes_a_setting_back_to_its_default():
    assert override(DIGITS, ["train.seconds=none", "optim.lr=none"]).train.seconds is None
    assert override(DIGITS, ["optim.lr=none"]).optim.lr == type(DIGITS.optim)().lr != DIGITS.optim.lr


def test_overriding_leaves_the_experiment_as_it_was():
    before = plain(DIGITS)
    override(DIGITS, ["remedies.r1.gamma=9", "generator.latent=3", "train.steps=1"])
    assert plain(DIGITS) == before


@pytest.mark.parametrize("name", RECIPES)
@pytest.mark.parametrize(
    "words",
    [(), ("remedies.gradient_clipping.norm=inf", "recipe=digits_ü-2", "train.seconds=1e-3")],
    ids=["plain", "odd"],
)
def test_an_experiment_survives_toml(name: str, words: tuple[str, ...]):
    experiment = override(find_recipe(name).experiment(), words)
    assert experiment_from(tomllib.loads(to_toml(plain(experiment)))) == experiment


def test_long_lists_of_steps_survive_toml():
    experiment = DIGITS.replace(train={"discriminator_only": list(range(0, 20_000, 2))})
    assert experiment_from(tomllib.loads(to_toml(plain(experiment)))) == experiment


@pytest.mark.parametrize("name", RECIPES)
def test_differences_are_empty_between_equals_and_reversed_the_other_way(name: str):
    experiment = find_recipe(name).experiment()
    assert differences(experiment, experiment) == {}
    there, back = differences(DIGITS, experiment), differences(experiment, DIGITS)
    assert there == {key: (old, new) for key, (new, old) in back.items()}


def test_every_key_of_every_recipe_is_known():
    for recipe in RECIPES.values():
        values = plain(recipe.experiment())
        assert dict(flatten(values)).keys() <= set(known_keys(values)), recipe.name


def test_a_newer_format_is_refused_as_such_and_not_as_a_wrong_key():
    with pytest.raises(NewerFormatError, match=r"a\.toml: the settings have format 2"):
        experiment_from({"format": 2, "key_of_the_future": 1}, "a.toml")


def test_a_refusal_begins_with_where_the_words_came_from():
    with pytest.raises(SettingsError, match=r"^a\.toml: data: this required setting is missing; add data="):
        experiment_from({}, "a.toml")


def test_an_experiment_needs_an_end_and_its_schedule_a_horizon():
    def refused(train: dict[str, Any], **optim: Any) -> str:
        values: dict[str, Any] = {"data": "ring", "generator": "dense", "discriminator": "dense"}
        with pytest.raises(SettingsError) as refusal:
            experiment_from(values | {"train": train, "optim": {"kind": "adam", **optim}})
        return str(refusal.value)

    assert "set train.steps or train.seconds" in refused({})
    assert "set train.steps or train.horizon" in refused({"seconds": 3}, schedule="linear")


def test_settings_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        DIGITS.seed = 3  # type: ignore[misc]
    assert isinstance(DIGITS, Experiment)


@pytest.mark.parametrize(
    "content", [b"a = ", b"\xff", b"[" * 100_000, b"#" * (LARGEST_FILE + 1)], ids=["torn", "bytes", "deep", "large"]
)
def test_what_is_not_a_settings_file_is_refused_in_one_line(tmp_path: Path, content: bytes):
    file = tmp_path / "a.toml"
    file.write_bytes(content)
    with pytest.raises(InputError) as refusal:
        read_toml(file)
    assert str(file) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="cannot be read"):
        read_toml(tmp_path / "nothing.toml")


@pytest.mark.parametrize(
    ("update", "message"),
    [
        ({"remedies": {"drift": {"weight": 1}}}, "no setting named 'remedies.drift'"),
        ({"optim": {"kind": "adam", "lrr": 1}}, "did you mean optim.lr?"),
        ({"sed": 3}, "did you mean seed?"),
        ({"seed": "x"}, "seed=x"),
    ],
    ids=str,
)
def test_a_copy_is_validated(update, message):
    with pytest.raises(SettingsError, match=re.escape(message)):
        DIGITS.model_copy(update=update)


def test_a_copy_replaces_whole_fields():
    copied = DIGITS.model_copy(update={"remedies": {"r1": {"gamma": 2}}})
    assert list(copied.remedies) == ["r1"]
    assert copied.remedies["r1"] == R1Config(gamma=2)


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("lr", "optim.lr"),
        ("learning_rate", "optim.lr"),
        ("betas", "optim.beta1 and optim.beta2"),
        ("optim.betas", "optim.beta1 and optim.beta2"),
        ("batch_size", "train.batch"),
        ("epochs", "train.steps"),
        ("num_steps", "train.steps"),
        ("loss", "objective"),
        ("optimizer", "optim"),
        ("device", "engine.device"),
    ],
)
def test_usual_names_in_pytorch_suggest_the_setting_that_is_meant(name: str, setting: str):
    with pytest.raises(SettingsError, match=f"no setting named '{name}'; use {setting}"):
        override(DIGITS, [f"{name}=1"])
    if "." not in name:
        with pytest.raises(SettingsError, match=f"no setting named '{name}'; use {setting}"):
            override(DIGITS, settings={name: 1})


def test_every_setting_that_is_suggested_for_a_usual_name_exists():
    keys = {*known_keys(plain(DIGITS))}
    words = [word for meant in FROM_PYTORCH.values() for word in re.findall(r"[a-z]+(?:\.[a-z]+\d?)|^[a-z]+$", meant)]
    assert len(words) >= len(FROM_PYTORCH)
    assert {*words} <= keys
