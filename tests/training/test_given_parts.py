"""Parts passed as objects: trained as copies, recorded by hashes, and resumed exactly where they are passed again."""

import threading
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import ganarium
from ganarium.config.given import GIVEN, STAND_INS
from ganarium.core.errors import SettingsError, UsageError
from ganarium.runs.checkpoint import read
from ganarium.runs.directory import Run

SIDE = 16
TINY = ("data=points", "data.count=64", "data.size=16", "train.batch=8", "engine.threads=1", "engine.kernels=default")


@pytest.fixture(autouse=True)
def _forgotten():
    """As in another process: nothing is there that was not passed."""
    forget()
    yield
    forget()


def forget() -> None:
    GIVEN.clear()
    STAND_INS.clear()


class Images(nn.Module):
    """A generator of one layer."""

    def __init__(self, latent: int = 6) -> None:
        super().__init__()
        self.layer = nn.Linear(latent, SIDE**2)

    def forward(self, latents: Tensor) -> Tensor:
        return self.layer(latents).sigmoid().reshape(-1, 1, SIDE, SIDE)


class Logits(nn.Module):
    """A discriminator of one layer, with dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(SIDE**2, 1))

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images)


class Drift(ganarium.Remedy):
    """Keep logits small."""

    def __init__(self, weight: float) -> None:
        self.weight = weight

    def discriminator_term(self, duel: ganarium.Duel) -> Tensor:
        return self.weight * duel.real_logits**2


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    return nn.functional.softplus(fake) + nn.functional.softplus(-real)


def generator_loss(real: Tensor, fake: Tensor) -> Tensor:  # noqa: ARG001
    return nn.functional.softplus(-fake)


def ignore(line: object) -> None:
    """No progress on stderr."""


def parts(seed: int = 0) -> dict[str, object]:
    torch.manual_seed(seed)
    losses = (discriminator_loss, generator_loss)
    remedies = {"drift": Drift(0.1), "ema": True}
    return {"generator": Images(), "discriminator": Logits(), "objective": losses, "remedies": remedies}


def train(folder: Path, steps: int = 4, **changed: object) -> Run:
    given = parts() | changed
    return ganarium.train("dense-digits", *TINY, steps=steps, out=folder, on_line=ignore, **given)


def given_again(**changed: object) -> dict[str, object]:
    again = parts(seed=7) | changed  # other initial weights, as in a new process
    return again | {"remedies": {"drift": again["remedies"]["drift"]}}


def test_modules_losses_and_remedies_are_trained_as_copies_and_recorded(tmp_path):
    given = parts()
    before = {name: tensor.clone() for name, tensor in given["generator"].state_dict().items()}
    run = train(tmp_path / "run", **given)
    assert all(torch.equal(before[name], tensor) for name, tensor in given["generator"].state_dict().items())
    first = read(run.path / "checkpoints" / "step-00000000.safetensors").tensors
    assert torch.equal(first["generator/weights.generator.module.layer.weight"], before["layer.weight"])
    recorded = Run.open(run.path).experiment
    assert recorded == run.experiment
    assert (recorded.generator.kind, recorded.generator.latent, recorded.generator.output) == ("custom", 6, "sigmoid")
    assert recorded.generator.part.endswith("test_given_parts.Images")
    assert recorded.remedies["drift"].part.endswith("test_given_parts.Drift")
    assert len(recorded.generator.source) == len(recorded.generator.state) == 16


def test_a_run_whose_parts_are_passed_again_goes_on_bit_for_bit(tmp_path):
    whole = train(tmp_path / "whole", steps=12)
    part = train(tmp_path / "part", steps=6)
    forget()
    ganarium.resume(Run.open(part.path), steps=12, on_line=ignore, **given_again())
    ends = [read(run.path / "checkpoints" / "step-00000012.safetensors").tensors for run in (whole, part)]
    assert ends[0].keys() == ends[1].keys()
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])


def test_without_its_parts_a_run_says_which_is_missing(tmp_path):
    run = train(tmp_path / "run")
    forget()
    every = r"generator \(.*Images\), discriminator \(.*Logits\), objective \(.*\) and remedies\.drift \(.*Drift\) were"
    calls = r"ganarium\.resume\('.*', generator=…, discriminator=…, objective=…, remedies={'drift': …}\) or "
    calls += r"ganarium\.load\('.*', generator=…\); evaluate, compare and fork in this process"
    for use in (ganarium.load, ganarium.resume, ganarium.evaluate, lambda run: ganarium.fork(run, 0)):
        with pytest.raises(SettingsError, match=f"{every} .*{calls}"):
            use(Run.open(run.path))
    gan = ganarium.load(Run.open(run.path), generator=Images())
    assert gan.sample(3).shape == (3, 1, SIDE, SIDE)
    with pytest.raises(SettingsError, match=r"Logits was passed .*load\(run, discriminator=…\)"):
        gan.discriminator  # noqa: B018
    gan = ganarium.load(Run.open(run.path), generator=Images(), discriminator=Logits())
    assert gan.discriminator(gan.sample(3)).shape == (3,)


def test_a_part_whose_source_differs_is_said_and_one_that_was_none_is_refused(tmp_path, caplog):
    run = train(tmp_path / "run")

    class Others(Images):
        """Another class."""

    ganarium.load(run, generator=Others())
    assert "trained with" in caplog.text
    assert "Others" in caplog.text
    plain = ganarium.train("dense-digits", *TINY, steps=2, out=tmp_path / "plain", on_line=ignore)
    with pytest.raises(UsageError, match=r"generator=…: .* did not receive this part from Python"):
        ganarium.load(plain, generator=Images())


def test_the_trained_networks_are_modules_with_gradients_for_latents(tmp_path):
    gan = ganarium.load(train(tmp_path / "run"))
    latents = gan.latents(3, seed=2).requires_grad_()
    logits = gan.discriminator(gan.generator(latents))
    logits.sum().backward()
    assert latents.grad is not None
    assert latents.grad.abs().sum() > 0
    assert not gan.generator.training
    assert not gan.discriminator.training
    assert torch.equal(gan(gan.latents(3, seed=2)), gan.sample(3, seed=2))
    assert torch.equal(gan(gan.latents(3, seed=2).double().numpy()), gan.sample(3, seed=2))


class Locked(Images):
    """A generator that cannot be copied."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()


class LockedDrift(Drift):
    """A remedy that cannot be copied."""

    def __init__(self) -> None:
        super().__init__(0.1)
        self.lock = threading.Lock()


SHARED = nn.Linear(SIDE**2, SIDE**2)


class Sharing(nn.Module):
    """Either player, with a layer that the other has as well."""

    def __init__(self, *last: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), SHARED, *last)

    def forward(self, inputs: Tensor) -> Tensor:
        return self.layers(inputs)


def sharing_generator(latent: int = 6) -> nn.Module:
    return nn.Sequential(nn.Linear(latent, SIDE**2), Sharing(nn.Unflatten(1, (1, SIDE, SIDE)), nn.Sigmoid()))


def sharing_discriminator() -> nn.Module:
    return Sharing(nn.Linear(SIDE**2, 1))


SHARES = r"shares the parameter .*weight with the .*or, and .*give each network a copy"


def pair(factor: float):
    def of_discriminator(real: Tensor, fake: Tensor) -> Tensor:
        return factor * discriminator_loss(real, fake)

    return of_discriminator, generator_loss


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"generator": Locked()}, r"Locked cannot be copied .*remove attributes that cannot be copied"),
        ({"generator": lambda: Locked()}, r"generator=custom: cannot be copied: "),
        ({"remedies": {"x": LockedDrift()}}, r"LockedDrift cannot be copied "),
        ({"remedies": {"x": Drift}}, r"remedies\.x: Drift is a class; pass a remedy, for example Drift\(\)"),
        ({"remedies": [Drift(0.1)]}, r"remedies=…: pass a dict of remedies by name.*got list"),
        ({"remedies": "ema"}, r"remedies=…: pass a dict of remedies by name.*got ema"),
        ({"remedies": {"x": 3}}, r"remedies\.x: pass a dict of settings, True or a ganarium\.Remedy; got int"),
        ({"remedies": {3: Drift(0.1)}}, r"remedies: the name 3 is not a string"),
        ({"generator": sharing_generator(), "discriminator": sharing_discriminator()}, SHARES),
        ({"generator": sharing_generator, "discriminator": sharing_discriminator}, SHARES),
        ({"generator": Images().to("meta")}, "generator=…: its weights are on the meta device"),
        ({"generator": Images().double()}, "generator=…: its weights are float64; use float32"),
        ({"discriminator": nn.Sequential(nn.Flatten(), nn.LazyLinear(1))}, "discriminator=…: has lazy layers"),
        ({"discriminator": Logits().requires_grad_(False)}, "discriminator=…: has no trainable parameters"),
        ({"generator": 3}, r"generator=…: pass a name, a torch\.nn\.Module"),
        ({"objective": discriminator_loss}, "objective=…: pass a name or a pair of functions"),
        ({"objective": pair}, r"if pair returns the pair, call it: pair\(\)"),
        ({"optim": torch.optim.Adam}, r"optim=…: pass a name or a dict; .* ganarium\.register\.optimizer"),
        ({"optim": torch.optim.Adam(Images().parameters())}, r"optim=…: pass a name or a dict"),
        ({"generator": Images(5), "generator_": 1}, "no setting named 'generator_'; did you mean generator"),
    ],
)
def test_what_is_no_part_is_refused(changed, complaint, tmp_path):
    with pytest.raises(UsageError, match=complaint):
        train(tmp_path / "run", **changed)
    assert not (tmp_path / "run").exists()


def test_a_remedy_that_nobody_registered_is_not_dropped_in_silence():
    experiment = ganarium.experiment("dense-digits", *TINY)
    with pytest.raises(UsageError, match=r"no setting named 'remedies\.drifts'"):
        experiment.model_copy(update={"remedies": {"drifts": ganarium.config.R1()}})


def test_functions_that_enclose_other_values_are_other_parts(tmp_path):
    first = train(tmp_path / "first", objective=pair(1.0))
    second = train(tmp_path / "second", objective=pair(2.0))
    assert first.experiment.objective.source == second.experiment.objective.source
    assert first.experiment.objective.state != second.experiment.objective.state
    assert ganarium.experiment("dense-digits", *TINY, objective=pair(1.0)).objective == first.experiment.objective


def test_other_values_of_a_loss_are_said_on_resumption(tmp_path, caplog):
    run = train(tmp_path / "run", objective=pair(1.0))
    ganarium.resume(run, steps=6, on_line=ignore, **given_again(objective=pair(3.0)))
    assert "objective: the values of" in caplog.text


def test_a_fork_takes_other_objects_and_a_number_of_steps(tmp_path):
    run = train(tmp_path / "run")
    forked = ganarium.fork(run, 0, steps=2, objective=pair(2.0), out=tmp_path / "fork", on_line=ignore)
    assert forked.experiment.objective.state != run.experiment.objective.state
    assert max(forked.checkpoint_steps()) == forked.experiment.train.steps == 2
    with pytest.raises(UsageError, match=r"train\.steps=3: steps=2 also sets the length"):
        ganarium.fork(run, 0, "train.steps=3", steps=2)


def test_a_list_of_two_functions_is_the_same_objective_as_the_pair(tmp_path):
    functions = [discriminator_loss, generator_loss]
    assert ganarium.experiment("dense-digits", *TINY, objective=functions) == ganarium.experiment(
        "dense-digits", *TINY, objective=tuple(functions)
    )
    assert max(train(tmp_path / "run", objective=functions).checkpoint_steps()) > 0


def test_an_objective_object_is_a_part_too(tmp_path):
    objective = ganarium.Objective(discriminator_loss, generator_loss)
    assert train(tmp_path / "run", objective=objective).experiment.objective.kind == "custom"


class Floating(ganarium.Remedy):
    """A remedy whose term is no tensor."""

    def discriminator_term(self, duel: ganarium.Duel) -> float:  # noqa: ARG002
        return 1.0


def misspelt(real: Tensor, fake: Tensor) -> Tensor:  # noqa: ARG001
    return nn.functional.softplsu(fake)


def wrong_arguments(real: Tensor) -> Tensor:
    return real


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"remedies": {"x": Floating()}}, r"remedies\.x: its discriminator term is float; return a tensor"),
        ({"objective": (wrong_arguments, generator_loss)}, "wrong_arguments: failed on logits of shape"),
        ({"objective": (misspelt, generator_loss)}, r"AttributeError: .*softplsu.* \(test_given_parts\.py:\d+\)"),
        ({"objective": (discriminator_loss, lambda *_: 1 / 0)}, "the loss of the generator: .*ZeroDivisionError"),
    ],
)
def test_a_fault_while_training_is_named(changed, complaint, tmp_path):
    with pytest.raises(SettingsError, match=complaint):
        train(tmp_path / "run", **changed)


def with_a_frozen_layer() -> nn.Module:
    layers = nn.Sequential(nn.Linear(6, 8), nn.Linear(8, SIDE**2), nn.Sigmoid(), nn.Unflatten(1, (1, SIDE, SIDE)))
    layers[0].requires_grad_(False)
    return layers


class Tied(nn.Module):
    """A discriminator of two layers with the same weights."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(SIDE**2, SIDE**2), nn.Linear(SIDE**2, SIDE**2)
        self.second.weight = self.first.weight
        self.last = nn.Linear(SIDE**2, 1)

    def forward(self, images: Tensor) -> Tensor:
        return self.last(self.second(self.first(images.flatten(1)).relu()).relu())


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{"update": "unrolled"}, {"optim": "rmsprop", "update": "extragradient"}, {}])
def test_frozen_weights_stay_and_shared_weights_of_layers_are_saved_once(settings, tmp_path):
    given = {"generator": with_a_frozen_layer(), "discriminator": Tied(), "remedies": {"ema": True, "lookahead": True}}
    frozen = given["generator"][0].weight.clone()
    ends = []
    for name, steps in (("whole", (12,)), ("parts", (5, 12))):
        run = train(tmp_path / name, steps=steps[0], **given, **settings)
        for total in steps[1:]:
            ganarium.resume(run, steps=total, on_line=ignore)
        ends.append(read(run.path / "checkpoints" / "step-00000012.safetensors").tensors)
    assert ends[0].keys() == ends[1].keys()
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])
    assert torch.equal(ends[0]["generator/weights.generator.module.0.weight"], frozen)
    assert not [name for name in ends[0] if "second.weight" in name]
    assert torch.equal(ganarium.load(run).generator.module[0].weight, frozen)
    assert ganarium.load(run).discriminator.module.second.weight.data_ptr() != 0


def test_a_latent_size_as_a_word_is_not_replaced_by_the_one_that_a_module_seems_to_have():
    experiment = ganarium.experiment("dense-digits", "generator.latent=9", generator=Images(6))
    assert experiment.generator.latent == 9
    assert ganarium.experiment("dense-digits", generator=Images(6)).generator.latent == 6


def test_an_experiment_takes_objects_and_an_empty_table_changes_nothing():
    experiment = ganarium.experiment("dense-digits", optim={"lr": 1e-3}, remedies={"ema": True})
    changed = experiment.replace(generator=Images(), objective=pair(1.0), remedies={"drift": Drift(0.1)})
    assert (changed.generator.kind, changed.objective.kind) == ("custom", "custom")
    assert changed.remedies.keys() == {"ema", "drift"}
    assert experiment.replace(optim={}, generator={}, remedies={}, train={}) == experiment


def test_batch_norm_of_a_generator_is_measured(tmp_path):
    layers = [nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Linear(8, SIDE**2), nn.Sigmoid(), nn.Unflatten(1, (1, SIDE, SIDE))]
    with pytest.raises(SettingsError, match=r"train\.batch=1: a layer of the generator combines samples"):
        train(tmp_path / "run", generator=nn.Sequential(*layers), train={"batch": 1})
