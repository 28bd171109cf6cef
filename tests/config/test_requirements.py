"""What remedies require: every unmet requirement is refused, and advice never suggests what training refuses."""

from dataclasses import fields
from itertools import cycle
from types import SimpleNamespace

import pytest
import torch

from ganarium.config.datasets import DATA
from ganarium.config.experiment import Experiment
from ganarium.config.networks import DISCRIMINATORS
from ganarium.config.registry import Requires
from ganarium.config.remedies import REMEDIES
from ganarium.config.requirements import REQUIREMENTS, required, unmet
from ganarium.config.updates import UPDATES
from ganarium.core.errors import SettingsError
from ganarium.data.load import load_data
from ganarium.diagnosis.advice import could_try
from ganarium.training.build import assemble, build_networks
from ganarium.training.compatibility import check, check_discriminator

ORDER = (
    "spectral_norm image_pool diff_augment ada instance_noise diffusion packing gradient_normalization top_k "
    "label_smoothing label_noise r1 r2 gradient_penalty dragan consistency latent_consistency lecam feature_matching "
    "optimism lookahead weight_clipping historical_averaging gradient_clipping ema"
)
TRANSLATION = "data=pairs data.count=8 data.paired=true generator=unet generator.width=4 generator.max_channels=8"
# overrides of the tiny experiment that violate each requirement, and the setting that the message names
VIOLATIONS = {
    "unconditional": ("game.conditional=true", "game.conditional=false"),
    "no_classes": ("game=k-plus-one game.conditional=false game.labels=10", "game.conditional=false"),
    "images": ("data=ring data.count=0 generator.output=linear", "data=ring"),
    "latents": (f"{TRANSLATION} game=cycle", "game=cycle"),
    "probabilities": ("objective=hinge", "objective=minimax or non-saturating"),
    "signed_logits": ("objective=wasserstein", "objective.a=-1"),
    "independent_samples": ("discriminator.norm=batch", "discriminator.norm=none or instance"),
    "nonzero_initial_weights": ("discriminator=residual discriminator.width=4", "discriminator=conv"),
}
GAMES = {
    "images": ("game=synthesis",),
    "images, conditional": ("game.conditional=true",),
    "images, k-plus-one": ("game=k-plus-one",),
    "images, k-plus-one without labels": ("game=k-plus-one", "game.conditional=false", "game.labels=10"),
    "images, auxiliary": ("game=auxiliary",),
    "images, info": ("game=info", "generator.latent=4"),
    "images, cycle": (*TRANSLATION.split(), "game=cycle"),
    "images, paired": (*TRANSLATION.split(), "game=paired"),
    "points": ("data=ring", "data.count=0", "generator.output=linear"),
    "points, info": ("data=ring", "data.count=0", "generator.output=linear", "game=info"),
}
DISCRIMINATOR = {
    "dense": ("discriminator=dense", "discriminator.hidden=[8]"),
    "dense, batch norm": ("discriminator=dense", "discriminator.hidden=[8]", "discriminator.norm=batch"),
    "residual": ("discriminator=residual", "discriminator.width=4", "discriminator.max_channels=8"),
}
OBJECTIVES = ("non-saturating", "hinge", "relativistic")


def test_the_order_of_the_remedies_never_changes():
    assert list(REMEDIES) == ORDER.split()


def test_each_requirement_has_a_sentence_and_a_violation():
    assert {*REQUIREMENTS} == {*VIOLATIONS} == {field.name for field in fields(Requires)} - {"excludes"}


def test_remedies_that_exclude_each_other_are_registered():
    assert {other for entry in REMEDIES.values() for other in entry.requires.excludes} <= {*REMEDIES}


@pytest.mark.parametrize(
    ("remedy", "kind"), [(name, kind) for name, entry in REMEDIES.items() for kind in required(entry.requires)]
)
def test_an_unmet_requirement_is_refused_with_the_setting_and_the_fix(tiny, remedy: str, kind: str):
    words, setting = VIOLATIONS[kind]
    experiment = tiny(*words.split(), f"remedies.{remedy}=true")
    with pytest.raises(SettingsError) as refusal:
        assemble(experiment, load_data(experiment.data), torch.device("cpu"))
    assert f"remedies.{remedy} " in str(refusal.value)
    assert setting in str(refusal.value)
    assert str(refusal.value) in [*unmet(experiment)]


def test_what_a_remedy_does_is_not_required_at_its_neutral_settings(tiny):
    residual = DISCRIMINATOR["residual"]
    assert [*unmet(tiny(*residual, "remedies.spectral_norm=true"))]
    assert not [*unmet(tiny(*residual, "remedies.spectral_norm.strength=0"))]


def refused(experiment: Experiment, crosses_samples: bool) -> bool:
    try:
        check(experiment, load_data(experiment.data))
        networks = {"discriminator": SimpleNamespace(crosses_samples=crosses_samples)}
        check_discriminator(experiment, SimpleNamespace(networks=networks))  # type: ignore[arg-type]
    except SettingsError:
        return True
    return False


def crosses_samples(experiment: Experiment) -> bool:
    source = load_data(experiment.data)
    networks = build_networks(experiment, source.shape, len(source.classes))
    return networks["discriminator"].crosses_samples


@pytest.mark.slow
@pytest.mark.parametrize("discriminator", DISCRIMINATOR)
@pytest.mark.parametrize("game", GAMES)
def test_advice_suggests_exactly_the_remedies_that_training_accepts(tiny, game: str, discriminator: str):
    if "points" in game and discriminator == "residual":
        pytest.skip("a residual discriminator is for images")
    parts = (*GAMES[game], *DISCRIMINATOR[discriminator])
    crosses = crosses_samples(tiny(*parts))
    for rule, objective in zip(UPDATES, cycle(OBJECTIVES), strict=False):
        words = (*parts, f"update={rule}", f"objective={objective}")
        experiment = tiny(*words)
        assert not refused(experiment, crosses)
        for remedy in REMEDIES:
            suggested = could_try(experiment, (f"remedies.{remedy}=true",))
            assert suggested != refused(tiny(*words, f"remedies.{remedy}=true"), crosses), (remedy, rule, objective)


@pytest.mark.parametrize("words", ["r1.every=4", "r2.every=4", "packing.pictures=3", "r1.differences=1e-3"])
def test_values_that_other_settings_do_not_support_are_neither_suggested_nor_accepted(tiny, words: str):
    experiment = tiny("update=adaptive", "engine.precision=bf16", "game.conditional=false")
    tried = tiny("update=adaptive", "engine.precision=bf16", "game.conditional=false", f"remedies.{words}")
    assert not could_try(experiment, (f"remedies.{words}",))
    assert refused(tried, crosses_samples=False)


@pytest.mark.parametrize("family", DISCRIMINATORS)
def test_a_discriminator_says_whether_its_weights_start_at_zero(tiny, family: str):
    small = ("discriminator.width=4", "discriminator.max_channels=8")
    experiment = tiny(f"discriminator={family}", *(() if family == "dense" else small))
    match = assemble(experiment, load_data(experiment.data), torch.device("cpu"))
    layers = match.game.networks["discriminator"].named_parameters()
    zero = [name for name, weight in layers if weight.dim() > 1 and not weight.any()]
    assert experiment.discriminator.zero_initial_weights == bool(zero)


@pytest.mark.parametrize("family", DISCRIMINATORS)
@pytest.mark.parametrize("norm", ["none", "batch", "instance"])
@pytest.mark.parametrize("features", ["none", "deviation"])
def test_a_discriminator_that_crosses_samples_may_do_so_by_its_settings(tiny, family: str, norm: str, features: str):
    words = [f"discriminator={family}"]
    words += [] if family == "residual" else [f"discriminator.norm={norm}"]
    words += [] if family == "patch" else [f"discriminator.batch_features={features}"]
    words += [] if family == "dense" else ["discriminator.width=4"]
    experiment = tiny(*words, "data.size=32")
    assert crosses_samples(experiment) == experiment.discriminator.may_cross_samples


@pytest.mark.parametrize("kind", ["points", "ring", "moons", "figures", "gaussians", "pairs"])
def test_a_data_set_says_whether_it_holds_points(kind: str):
    settings = DATA[kind].settings(**({"count": 8} if kind != "pairs" else {"count": 8, "size": 24}))
    assert settings.holds_points == (len(load_data(settings).shape) == 1)
