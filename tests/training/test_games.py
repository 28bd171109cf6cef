"""Each game's losses are what its paper writes, computed here once more from the networks' own answers."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganarium.config.experiment import Experiment
from ganarium.core.errors import SettingsError
from ganarium.core.random_streams import Streams
from ganarium.data.batches import balanced_rows, known_label_rows
from ganarium.data.load import load_data
from ganarium.training.build import assemble
from ganarium.training.duel import Duel
from ganarium.training.games.base import UpdateInputs
from ganarium.training.state import TrainingState

CPU = torch.device("cpu")
PAIRS = ("data=pairs", "data.count=40", "data.size=24", "discriminator=patch", "discriminator.width=4")
UNET = ("generator=unet", "generator.width=4", "generator.output=tanh")
CYCLE = (*PAIRS, *UNET, "game=cycle", "objective=least-squares")
PAIRED = (*PAIRS, *UNET, "game=paired", "data.paired=true")


def begun(experiment: Experiment) -> tuple[TrainingState, UpdateInputs, list[Duel]]:
    state = assemble(experiment, load_data(experiment.data), CPU)
    inputs = state.inputs(0)
    return state, inputs, list(state.duels(inputs, state.generate(inputs)))


def terms(state: TrainingState, side: str, inputs: UpdateInputs, duels: list[Duel]) -> dict[str, float]:
    return {name: term.mean().item() for name, term in state.game.terms(side, inputs, duels).items()}


def cross_entropy(logits: Tensor, label: Tensor | int) -> float:
    """−log of the softmax at the label, in the long way."""
    probabilities = logits.double().exp() / logits.double().exp().sum(1, keepdim=True)
    labels = torch.full((len(logits),), label) if isinstance(label, int) else label
    return -probabilities[torch.arange(len(logits)), labels].log().mean().item()


def test_k_plus_one_is_the_cross_entropy_of_all_k_plus_one_classes(tiny):
    state, inputs, (duel,) = begun(tiny("game=k-plus-one"))
    label, discriminator = inputs.batch.label, state.game.networks["discriminator"]
    real, fake = discriminator(duel.real), discriminator(duel.fake)
    assert real.shape == (8, 11)
    of_discriminator, of_generator = (terms(state, side, inputs, [duel]) for side in ("discriminator", "generator"))
    assert sum(of_discriminator.values()) == pytest.approx(cross_entropy(real, label) + cross_entropy(fake, 10), 1e-6)
    assert sum(of_generator.values()) == pytest.approx(cross_entropy(fake, label), 1e-6)


def test_k_plus_one_as_printed_is_about_the_probability_of_the_right_label(tiny):
    state, inputs, (duel,) = begun(tiny("game=k-plus-one", "game.reading=printed", "objective=minimax"))
    network = state.game.networks["discriminator"]
    real, fake = (
        network(x).double().softmax(1).gather(1, inputs.batch.label[:, None])[:, 0] for x in (duel.real, duel.fake)
    )
    of_discriminator, of_generator = (terms(state, side, inputs, [duel]) for side in ("discriminator", "generator"))
    assert of_discriminator == pytest.approx({"objective": -(real.log() + (1 - fake).log()).mean().item()})
    assert of_generator == pytest.approx({"objective": (1 - fake).log().mean().item()})


def test_with_few_labels_no_other_label_is_ever_seen(tiny):
    experiment = tiny("game=k-plus-one", "game.conditional=false", "game.labels=20")
    source = load_data(experiment.data)
    state = assemble(experiment, source, CPU)
    rows = known_label_rows(source, Streams(experiment.seed), 20)
    assert not torch.equal(rows, known_label_rows(source, Streams(experiment.seed + 1), 20)), (
        "another seed, other labels"
    )
    known = {tuple(picture.flatten().tolist()) for picture in source.images[rows] / 255}
    for number in range(30):
        batch = state.inputs(number).batch
        assert batch.label is None
        assert {tuple(picture.flatten().tolist()) for picture in batch.known.real} <= known
        for picture, label in zip(batch.known.real, batch.known.label, strict=True):
            same = (source.images / 255 == picture).flatten(1).all(1)
            assert label in source.labels[same]
    inputs = state.inputs(0)
    (duel,) = state.duels(inputs, state.generate(inputs))
    answers = state.game.networks["discriminator"](inputs.batch.known.real)[:, :10]
    measured = terms(state, "discriminator", inputs, [duel])
    assert measured["classes"] == pytest.approx(cross_entropy(answers, inputs.batch.known.label), 1e-6)
    assert terms(state, "generator", inputs, [duel]).keys() == {"objective"}


@pytest.mark.parametrize("count", [1, 10, 20, 25])
def test_known_labels_are_shared_out_by_class(count: int):
    labels = torch.arange(10).repeat(5)
    rows = balanced_rows(labels, 10, count)
    assert len(rows) == len(set(rows.tolist())) == count
    shares = Counter(labels[rows].tolist()).values()
    assert max(shares) - min(shares) <= 1


def test_known_labels_are_shared_out_among_the_classes_that_have_pictures(tiny):
    labels = torch.tensor([0, 5, 9]).repeat(10)
    assert Counter(labels[balanced_rows(labels, 12, 7)].tolist()) == {0: 3, 5: 2, 9: 2}
    experiment = tiny("game=k-plus-one", "game.conditional=false", "game.labels=8")
    source = load_data(experiment.data)
    few = replace(source, labels=torch.where(source.labels < 6, source.labels % 4, source.labels))
    state = assemble(experiment, few, CPU)
    assert set(state.inputs(0).batch.known.label.tolist()) == {0, 1, 2, 3, 6, 7, 8, 9}


def test_a_generator_can_be_told_no_labels_that_are_few(tiny):
    with pytest.raises(SettingsError, match=r"use game\.conditional=false"):
        tiny("game=k-plus-one", "game.labels=20")
    with pytest.raises(SettingsError, match=r"use game\.conditional=true"):
        tiny("game=k-plus-one", "game.reading=printed", "game.conditional=false")


def test_auxiliary_asks_both_players_for_the_right_class(tiny):
    state, inputs, (duel,) = begun(tiny("game=auxiliary", "game.weight=3"))
    label, network = inputs.batch.label, state.game.networks["discriminator"]
    real, fake = network(duel.real), network(duel.fake)
    assert torch.equal(duel.real_logits, real[:, 0])
    classes = {"real": cross_entropy(real[:, 1:], label), "fake": cross_entropy(fake[:, 1:], label)}
    measured = terms(state, "discriminator", inputs, [duel])
    assert measured["classes"] == pytest.approx(3 * (classes["real"] + classes["fake"]), 1e-6)
    assert terms(state, "generator", inputs, [duel])["classes"] == pytest.approx(3 * classes["fake"], 1e-6)


def test_info_reads_the_code_that_the_picture_was_made_with(tiny):
    words = ("game=info", "game.categories=5", "game.continuous=2", "game.weight=2", "game.continuous_weight=0.5")
    state, inputs, (duel,) = begun(tiny(*words))
    generator, network = state.game.networks["generator"], state.game.networks["discriminator"]
    assert torch.equal(duel.fake, generator(inputs.latents, duel.label))
    assert set(duel.label.tolist()) <= set(range(5))
    answers = network(duel.fake)
    assert answers.shape == (8, 1 + 5 + 2)
    for side in ("discriminator", "generator"):
        measured = terms(state, side, inputs, [duel])
        assert measured["code"] == pytest.approx(2 * cross_entropy(answers[:, 1:6], duel.label), 1e-6)
        gap = (answers[:, 6:] - inputs.latents[:, :2]).square().sum(1).mean() / 2
        assert measured["continuous"] == pytest.approx(0.5 * gap.item(), 1e-6)


def test_every_code_is_drawn_and_each_turn_has_its_own(tiny):
    state, _, _ = begun(tiny("game=info", "game.categories=5"))
    codes = torch.cat([state.game.label(state.inputs(number)) for number in range(100)])
    assert (codes.bincount(minlength=5) / 800 - 0.2).abs().max() < 4 * (0.16 / 800) ** 0.5
    inputs = state.inputs(3)
    assert not torch.equal(state.game.label(inputs), state.game.label(state.generator_inputs(inputs)))


class Shift(nn.Module):
    """A translator that adds a number to every pixel."""

    output_range = (-1, 1)

    def __init__(self, by: float) -> None:
        super().__init__()
        self.by = nn.Parameter(torch.tensor(by))

    def draws(self, n: int) -> dict[str, object]:
        del n
        return {}

    def forward(self, pictures: Tensor, draws: object = None) -> Tensor:
        del draws
        return pictures + self.by


def with_translators(experiment: Experiment, **translators: Shift) -> tuple[TrainingState, UpdateInputs, list[Duel]]:
    state = assemble(experiment, load_data(experiment.data), CPU)
    state.game.networks.update(translators)  # type: ignore[attr-defined]
    inputs = state.inputs(0)
    return state, inputs, list(state.duels(inputs, state.generate(inputs)))


def test_cycle_loses_nothing_when_the_way_back_undoes_the_way_there(tiny):
    experiment = tiny(*CYCLE, "game.identity=1")
    state, inputs, duels = with_translators(experiment, generator=Shift(0.25), back=Shift(-0.25))
    measured = terms(state, "generator", inputs, duels)
    assert measured["cycle"] == pytest.approx(0, abs=1e-6)
    assert measured["identity"] == pytest.approx(0.25 + 0.25, 1e-5)


def test_cycle_counts_what_is_lost_both_ways_and_weighs_it(tiny):
    state, inputs, duels = with_translators(tiny(*CYCLE, "game.cycle=7"), generator=Shift(0.25), back=Shift(0.125))
    measured = terms(state, "generator", inputs, duels)
    assert measured["cycle"] == pytest.approx(7 * 2 * 0.375, 1e-5)
    assert "identity" not in measured


def test_cycle_judges_each_domain_by_its_own_discriminator(tiny):
    state, inputs, (there, back) = with_translators(tiny(*CYCLE), generator=Shift(0.25), back=Shift(-0.5))
    x, y, networks = inputs.batch.source, inputs.batch.real, state.game.networks
    assert torch.equal(there.real, y)
    assert torch.equal(there.fake, x + 0.25)
    assert torch.equal(back.real, x)
    assert torch.equal(back.fake, y - 0.5)
    assert (there.discriminator, back.discriminator) == (networks["discriminator"], networks["back_discriminator"])
    halves = [
        (duel.discriminator(duel.real) - 1).square().mean() / 2 + duel.discriminator(duel.fake).square().mean() / 2
        for duel in (there, back)
    ]
    measured = terms(state, "discriminator", inputs, [there, back])
    assert measured == pytest.approx({"objective": sum(half.item() for half in halves)}, 1e-5)


def test_both_translators_learn_from_both_duels(tiny):
    state, inputs, duels = begun(tiny(*CYCLE, "game.cycle=0"))
    state.backward("generator", inputs, duels)
    for name in ("generator", "back"):
        gradients = [weights.grad for weights in state.game.networks[name].parameters()]
        assert any(gradient.abs().max() > 0 for gradient in gradients)


def test_domains_come_in_orders_of_their_own_unless_they_are_paired(tiny):
    source = load_data(tiny(*PAIRED).data)
    of: Callable[[Tensor, Tensor], list[int]] = lambda rows, among: [  # noqa: E731
        int((among == row).flatten(1).all(1).nonzero()[0]) for row in rows
    ]
    for words, alike in ((PAIRED, True), ((*CYCLE, "data.paired=true"), False)):
        state, inputs, _ = begun(tiny(*words))
        x, y = ((rows.detach().add(1) * 127.5).round() for rows in (inputs.batch.source, inputs.batch.real))
        assert (of(x, source.x.float()) == of(y, source.y.float())) == alike
        assert state.game.generator.output_range == (-1, 1)


def test_paired_shows_each_picture_beside_its_translation_and_measures_the_rest(tiny):
    state, inputs, (duel,) = with_translators(tiny(*PAIRED, "game.l1=10"), generator=Shift(0.0))
    x, y = inputs.batch.source, inputs.batch.real
    assert torch.equal(duel.real, torch.cat([x, y], 1))
    assert torch.equal(duel.fake, torch.cat([x, x], 1))
    measured = terms(state, "generator", inputs, [duel])
    assert measured["l1"] == pytest.approx(10 * (x - y).abs().mean().item(), 1e-5)
    assert measured["objective"] == pytest.approx(F.softplus(-duel.discriminator(duel.fake)).mean().item(), 1e-5)


def test_a_logit_for_each_patch_counts_the_same_as_one_for_the_picture(tiny):
    state, inputs, (duel,) = begun(tiny(*PAIRED, "remedies.top_k.share=0.5"))
    assert duel.fake_logits.dim() == 2
    loss = state.game.terms("generator", inputs, [duel])["objective"]
    each = F.softplus(-duel.fake_logits).mean(1)
    best = duel.fake_logits.mean(1).topk(4).indices
    assert loss.shape == (8,)
    assert sorted(loss.nonzero().flatten().tolist()) == sorted(best.tolist())
    assert torch.allclose(loss[best], 2 * each[best])


def test_random_numbers_of_two_duels_differ(tiny):
    state, _, duels = begun(tiny(*CYCLE, "remedies.instance_noise.sigma=1"))
    noise = state.remedies["instance_noise"]
    draws = [duel.randomness("instance_noise", "real", noise.draws(8, (1, 24, 24))) for duel in duels]
    assert not torch.equal(draws[0]["noise"], draws[1]["noise"])


def test_two_pools_swap_independently(tiny):
    state, _, _ = begun(tiny(*CYCLE, "remedies.image_pool.size=8"))
    asked: dict[str, list[Tensor]] = {"x": [], "y": []}
    state.remedies["image_pool"].fakes = lambda kind, fakes, draws: (asked[kind].append(draws["coins"]), fakes)[1]
    inputs = state.inputs(0)
    state.discriminator_fakes(inputs, state.generate(inputs))
    assert not torch.equal(asked["x"][0], asked["y"][0])


FEW = ("game=k-plus-one", "game.conditional=false", "game.labels=20")


def test_known_pictures_have_masks_and_noise_of_their_own(tiny):
    state, inputs, (duel,) = begun(tiny(*FEW, "discriminator.dropout=0.5", "remedies.instance_noise.sigma=1"))
    same = inputs.batch.real.detach().clone()
    assert not torch.equal(duel.output(same, "known").answers, duel.output(same, "real").answers)
    assert state.game.settings.labels == 20


def test_few_labels_go_with_remedies_that_look_at_slopes(tiny):
    state, inputs, (duel,) = begun(tiny(*FEW, "remedies.gradient_normalization=true"))
    assert terms(state, "discriminator", inputs, [duel]).keys() == {"objective", "classes"}


@pytest.mark.parametrize("labels", [3, 1000])
def test_labels_that_no_class_can_share_are_refused(tiny, labels: int):
    with pytest.raises(SettingsError, match=rf"game\.labels={labels}: use 10 to "):
        begun(tiny("game=k-plus-one", "game.conditional=false", f"game.labels={labels}"))


def test_more_codes_than_numbers_in_the_latent_are_refused(tiny):
    with pytest.raises(SettingsError, match=r"generator\.latent=20 or more"):
        begun(tiny("game=info", "game.continuous=20"))
