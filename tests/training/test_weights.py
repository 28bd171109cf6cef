"""A network that is used outside training is the one inside it, whatever remedies did to it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import ganarium
from ganarium.config.experiment import Experiment
from ganarium.config.remedies import REMEDIES
from ganarium.core.errors import InputError, SettingsError, UsageError
from ganarium.core.random_streams import Streams, normal
from ganarium.data.batches import to_range, to_unit
from ganarium.data.load import load_data
from ganarium.runs.directory import Run
from ganarium.training.build import assemble, update_rule
from ganarium.training.class_reader import ClassReader, load_class_reader
from ganarium.training.compatibility import check
from ganarium.training.create import begin
from ganarium.training.engine import Engine
from ganarium.training.loop import fit
from ganarium.training.player import weights_of
from ganarium.training.sampler import Sampler, load
from ganarium.training.schedules import set_levels
from ganarium.training.translator import Translations
from ganarium.training.weights import CALIBRATION, calibration, network_of, networks_of

CPU = torch.device("cpu")
STEPS = 3
STRONG = {"spectral_norm": ["schedule=cosine", "strength=0.8"], "packing": ["pictures=4"], "image_pool": ["size=20"]}
GAMES = {
    "synthesis": ["game.conditional=false", "discriminator.batch_features=deviation"],
    "auxiliary": ["game=auxiliary"],
    "k-plus-one": ["game=k-plus-one", "game.conditional=false", "discriminator.batch_features=discrimination"],
    "cycle": [
        *("game=cycle", "data=pairs", "data.count=20", "generator=resnet", "generator.width=2", "generator.blocks=1"),
        *("discriminator=patch", "discriminator.width=2"),
    ],
}
QUICK = ("spectral_norm", "ema", "discrimination")
NORMED = ["generator.norm=batch", "discriminator.norm=batch"]


def at_strength(remedy: str) -> list[str]:
    return [f"remedies.{remedy}=true", *(f"remedies.{remedy}.{word}" for word in STRONG.get(remedy, []))]


def trained(experiment: Experiment, biased: float = 0) -> tuple[Engine, dict[str, Tensor]]:
    """A match restored from a checkpoint, at the strengths of its next step and in eval mode; and the checkpoint.

    biased: deviation of what the discriminator's biases are replaced with, so that the scale of its weights matters
    """
    source, rule = load_data(experiment.data), update_rule(experiment)
    engine = Engine(experiment, assemble(experiment, source, CPU), rule)
    engine.advance(STEPS)
    state = {name: tensor.clone() for name, tensor in engine.state.tensors().items()}
    for name, tensor in state.items():
        if biased and name.startswith("discriminator/weights.") and name.endswith("bias"):
            tensor.copy_(biased * Streams(0).at(name, normal(*tensor.shape), 0))
    restored = Engine(experiment, assemble(experiment, source, CPU, state), rule, STEPS)
    set_levels(experiment, restored.state.remedies, STEPS)
    for network in restored.state.game.networks.values():
        network.eval()
    return restored, state


def possible(experiment: Experiment) -> Experiment:
    try:
        check(experiment, load_data(experiment.data))
        assemble(experiment, load_data(experiment.data), CPU)
    except SettingsError as refusal:
        pytest.skip(str(refusal))
    return experiment


def rarely(names: Iterable[str]) -> list[Any]:
    """The names, of which only those that change networks or weights are tried at every run of the tests."""
    return [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in names]


@pytest.mark.parametrize(
    ("remedy", "game"),
    [
        pytest.param(remedy, game, marks=() if remedy in QUICK or game == "synthesis" else pytest.mark.slow)
        for remedy in REMEDIES
        for game in GAMES
    ],
)
def test_networks_are_rebuilt_with_whatever_remedies_did_to_them(tiny, remedy: str, game: str):
    experiment = possible(tiny(*GAMES[game], *NORMED, *at_strength(remedy)))
    engine, state = trained(experiment)
    source = load_data(experiment.data)
    for side, player in engine.state.players.items():
        rebuilt = networks_of(experiment, source.shape, len(source.classes), state, STEPS, side)
        assert rebuilt.keys() == player.networks.keys()
        for name, network in player.networks.items():
            arguments = inputs_of(network, experiment)
            with torch.no_grad():
                assert torch.equal(rebuilt[name](*arguments), network(*arguments)), name


def test_a_remedy_that_a_fork_takes_on_begins_at_its_first_checkpoint_as_training_begins_it(tiny):
    source = load_data(tiny().data)
    _, state = trained(tiny())  # as a fork inherits it: without the remedy
    experiment = tiny("remedies.spectral_norm=true")
    training_state = assemble(experiment, source, CPU, state)
    networks = networks_of(experiment, source.shape, len(source.classes), state, STEPS, "discriminator")
    images = torch.ones(3, *source.shape)
    with torch.no_grad():
        inside = training_state.players["discriminator"].networks["discriminator"].eval()
        assert torch.equal(networks["discriminator"](images), inside(images))


def inputs_of(network: nn.Module, experiment: Experiment) -> list[Tensor | None]:
    subject = getattr(network, "subject", None)
    shape = load_data(experiment.data).shape if subject is None else subject.shape
    latent = getattr(network, "latent", None)
    numbers = Streams(0).at("x", normal(5, *(shape if latent is None else (latent,))), 0)
    return [numbers] if subject is None else [numbers, torch.arange(5) % subject.classes if subject.classes else None]


@pytest.mark.slow
@pytest.mark.parametrize("remedy", REMEDIES)
def test_samples_are_what_the_generator_inside_the_match_makes(tiny, remedy: str):
    experiment = possible(tiny("generator.norm=batch", *at_strength(remedy)))
    engine, state = trained(experiment)
    source = load_data(experiment.data)
    sampler = Sampler(experiment, source.shape, source.classes, state, STEPS)
    latents = torch.cat([sampler.latents(5), torch.zeros(59, experiment.generator.latent)])  # of a whole block
    generator = engine.state.game.generator
    with torch.no_grad():
        assert torch.equal(sampler.sample(5, weights="raw"), to_unit(generator(latents), generator.output_range)[:5])


@pytest.mark.slow
@pytest.mark.parametrize("across", ["none", *rarely(["discrimination", "deviation"])])
@pytest.mark.parametrize("game", ["k-plus-one", *rarely(["auxiliary"])])
@pytest.mark.parametrize("remedy", REMEDIES)
def test_classes_are_read_as_the_discriminator_inside_the_match_reads_them(tiny, remedy: str, game: str, across: str):
    words = [f"game={game}", "game.conditional=false"] if game == "k-plus-one" else [f"game={game}"]
    experiment = possible(tiny(*words, f"discriminator.batch_features={across}", *at_strength(remedy)))
    engine, state = trained(experiment, biased=0.5)
    source = load_data(experiment.data)
    reader = ClassReader(experiment, source.shape, source.classes, state, STEPS, lambda: source)
    discriminator, game_played = engine.state.game.networks["discriminator"], engine.state.game
    pictures = source.images
    batches = to_range(pictures, engine.state.game.generator.output_range).split(experiment.train.batch)
    with torch.no_grad():
        answers = torch.cat([game_played.class_logits(discriminator(batch)) for batch in batches])
    assert torch.equal(reader.read(pictures), answers.argmax(1))
    assert torch.equal(reader.read(pictures[:8]), answers[:8].argmax(1)), "whatever is read besides"


@pytest.mark.parametrize("remedy", rarely(REMEDIES))
def test_translations_are_what_the_translators_inside_the_match_make(tiny, remedy: str):
    experiment = possible(tiny(*GAMES["cycle"], *at_strength(remedy)))
    engine, state = trained(experiment)
    source = load_data(experiment.data)
    translations = Translations(experiment, source.shape, state, STEPS)
    for back, name in ((False, "generator"), (True, "back")):
        network, pictures = engine.state.game.networks[name], source.x[:5]
        with torch.no_grad():
            made = to_unit(network(to_range(pictures, network.output_range)), network.output_range)
        assert torch.equal(translations.translate(pictures, back=back, weights="raw"), made)


def averaged(tiny, *words: str) -> tuple[Experiment, dict[str, Tensor]]:
    experiment = tiny("generator.norm=batch", "remedies.ema.decay=0.9", "optim.lr=0.05", *words)
    engine = Engine(experiment, assemble(experiment, load_data(experiment.data), CPU), update_rule(experiment))
    engine.advance(30)
    return experiment, engine.state.tensors()


def sampler_of(experiment: Experiment, state: dict[str, Tensor]) -> Sampler:
    source = load_data(experiment.data)
    return Sampler(experiment, source.shape, source.classes, state, 30)


def test_batch_norm_under_averaged_weights_has_the_statistics_of_these_weights(tiny):
    experiment, state = averaged(tiny, "generator.hidden=[16]")
    state["remedies/ema/generator.hidden.layers.0.weight"].mul_(0.5)  # as if it had averaged weights that go round
    network = sampler_of(experiment, state)._saved.use("ema")
    latents = Streams(5).rows("others", network.latents(), 20_000)
    inputs = network.hidden.layers[0](latents)
    norm = network.hidden.norms[0]
    assert torch.allclose(norm.running_var, inputs.var(0), rtol=0.25)
    assert torch.allclose(norm.running_mean, inputs.mean(0), atol=float(4 * (inputs.std(0) / CALIBRATION**0.5).max()))
    of_average = state["remedies/ema/generator.hidden.norms.0.running_var"]
    assert (norm.running_var < 0.5 * of_average).all(), "the average of the variances is another"


@pytest.mark.parametrize("words", [[], ["game.conditional=true"], ["game=info"]], ids=["told nothing", "told", "info"])
def test_recomputing_is_deterministic_once_only_and_leaves_training_as_it_is(tiny, words: list[str]):
    experiment, state = averaged(tiny, *words)
    before = {name: tensor.clone() for name, tensor in state.items()}
    sampler, other = sampler_of(experiment, state), sampler_of(experiment, before)
    first = sampler.sample(5)
    passes: list[int] = []
    sampler._saved.network.register_forward_hook(lambda network, _, __: passes.append(network.training))
    raw = sampler.sample(5, weights="raw")
    assert torch.equal(sampler.sample(5), first)
    assert passes == [False, False], "one block each, nothing is computed twice"
    assert torch.equal(other.sample(5, weights="raw"), raw)
    assert torch.equal(other.sample(5), first)
    assert all(torch.equal(tensor, before[name]) for name, tensor in state.items())


def test_raw_weights_keep_the_statistics_of_training(tiny):
    experiment, state = averaged(tiny)
    sampler = sampler_of(experiment, state)
    sampler.sample(1)
    raw = weights_of(sampler._saved.use("raw"))
    assert all(torch.equal(tensor, state[f"generator/weights.generator.{name}"]) for name, tensor in raw.items())


def test_without_batch_norm_averaged_weights_are_taken_as_they_are(tiny):
    experiment, state = averaged(tiny, "generator.norm=none")
    network = weights_of(sampler_of(experiment, state)._saved.use("ema"))
    assert all(torch.equal(tensor, state[f"remedies/ema/generator.{name}"]) for name, tensor in network.items())


def test_every_class_is_drawn_equally_often_in_an_order_of_the_runs_seed(tiny):
    experiment, state = averaged(tiny, "game.conditional=true")
    network = sampler_of(experiment, state)._saved.network
    latents, labels = (
        torch.cat(rows) for rows in zip(*calibration(experiment, network, "generator", CPU), strict=True)
    )
    assert latents.shape == (CALIBRATION, experiment.generator.latent)
    assert labels.bincount().tolist() == [103] * 4 + [102] * 6
    other = torch.cat([rows for _, rows in calibration(experiment.model_copy(update={"seed": 1}), network, "", CPU)])
    assert not torch.equal(labels, other)


def test_a_translators_statistics_are_those_of_its_training_pictures(tiny):
    words = [*GAMES["cycle"], "generator.norm=batch", "remedies.ema.decay=0.9"]
    experiment = tiny(*words)
    _, state = trained(experiment)
    source = load_data(experiment.data)
    translations = Translations(experiment, source.shape, state, STEPS)
    network = translations._saved["back"].use("ema")
    inputs = network.enter[0](to_range(source.y, network.output_range))
    assert torch.allclose(network.enter[1].running_mean, inputs.mean((0, 2, 3)), atol=1e-5)


def test_a_translator_whose_training_pictures_are_gone_says_so(tiny, tmp_path: Path):
    source = load_data(tiny(*GAMES["cycle"]).data)
    experiment = tiny(*GAMES["cycle"], "generator.norm=batch", "remedies.ema.decay=0.9")
    _, state = trained(experiment)
    gone = experiment.model_copy(update={"data": tiny(f"data.folder={tmp_path / 'gone'}").data})
    translations = Translations(gone, source.shape, state, STEPS)
    with pytest.raises(InputError, match="use the raw weights"):
        translations.translate(source.x[:1])
    assert translations.translate(source.x[:1], weights="raw").shape == (1, *source.shape)


@pytest.fixture(scope="module")
def run(tiny, tmp_path_factory: pytest.TempPathFactory) -> Run:
    words = ["game=auxiliary", *NORMED, "remedies.ema=true", "remedies.spectral_norm=true", "train.steps=4"]
    run = begin(tiny(*words, "engine.device=cpu", "engine.kernels=default"), tmp_path_factory.mktemp("runs") / "run")
    for _ in fit(run):
        pass
    return run


def test_a_network_of_a_run_is_the_one_that_samplers_and_readers_use(run: Run):
    latents = load(run).latents(64)
    labels = torch.arange(64) % 10
    for weights in ("ema", "raw"):
        network = network_of(run, "generator", weights=weights)
        made = to_unit(network(latents, labels), network.output_range)
        assert torch.equal(made, ganarium.load(run).generate(latents, labels, weights))
    judged, read = network_of(run, "discriminator"), load_class_reader(run)._network
    plain = {name: tensor for name, tensor in weights_of(judged).items() if "running" not in name}
    assert all(torch.equal(tensor, weights_of(read)[name]) for name, tensor in plain.items())
    with pytest.raises(UsageError, match=r"no network 'critic': it has discriminator, generator"):
        network_of(run, "critic")
    with pytest.raises(UsageError, match="weights 'ema'"):
        network_of(run, "discriminator", weights="ema")
