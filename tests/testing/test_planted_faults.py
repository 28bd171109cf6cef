"""Every check names the fault that was planted in a part, and finds none in the parts of ganarium."""

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import ganarium
from ganarium.config import register
from ganarium.config.networks import DISCRIMINATORS, GENERATORS
from ganarium.config.remedies import REMEDIES
from ganarium.config.updates import UPDATES
from ganarium.core.errors import UsageError
from ganarium.metrics.frechet import frechet_distance
from ganarium.metrics.mean_discrepancy import kernel_distance
from ganarium.testing import (
    CheckError,
    check_dataset,
    check_discriminator,
    check_generator,
    check_metric,
    check_objective,
    check_optimizer,
    check_remedy,
    check_update,
)

SIDE = 16


@pytest.fixture(autouse=True)
def _seeded() -> None:
    """Modules have the same initial weights in every process."""
    torch.manual_seed(0)


def faults(check: Callable[[], None]) -> str:
    """What a check says of a part that has a fault."""
    with pytest.raises(CheckError) as failed:
        check()
    return str(failed.value)


def of_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    return F.softplus(-real) + F.softplus(fake)


def of_generator(real: Tensor, fake: Tensor) -> Tensor:  # noqa: ARG001
    return F.softplus(-fake)


def stateful(real: Tensor, fake: Tensor, calls: list[int] = []) -> Tensor:  # noqa: B006
    calls.append(1)
    return of_discriminator(real, fake) * len(calls)


def in_place(real: Tensor, fake: Tensor) -> Tensor:
    with torch.no_grad():
        fake.clamp_(-1, 1)
    return of_discriminator(real, fake)


LOSSES: dict[str, tuple[Any, Any, str]] = {
    "mean": (lambda r, f: of_discriminator(r, f).mean(), of_generator, "without mean() or sum()"),
    "double": (lambda r, f: of_discriminator(r, f).double(), of_generator, "float64 for logits of torch.float32"),
    "logarithm": (
        lambda r, f: -r.sigmoid().log() - (1 - f.sigmoid()).log(),
        of_generator,
        "discriminator's loss has a value that is not finite at logits real 0, fake 80; use a stable form",
    ),
    "root": (lambda r, f: of_discriminator(r, f) + (r - f).abs().sqrt(), of_generator, "a gradient that is not finite"),
    "no gradient": (of_discriminator, lambda _, f: F.softplus(-f.detach()) + 0 * f, "generator's loss has no gradient"),
    "real alone": (lambda r, f: F.softplus(-r) + 0 * f, of_generator, "no gradient with respect to the fake logits"),
    "swapped": (lambda f, r: of_discriminator(r, f), of_generator, "its arguments are (real_logits, fake_logits)"),
    "wrong sign": (of_discriminator, lambda _, f: F.softplus(f), "generator's loss does not fall"),
    "batch mean": (lambda r, f: of_discriminator(r - f.mean(), f), of_generator, "depends on the logits of other"),
    "stateful": (stateful, of_generator, "keep no values between calls"),
    "in place": (in_place, of_generator, "changes its arguments in place"),
    "raises": (lambda r: r, of_generator, "failed on logits of shape"),
}


@pytest.mark.parametrize("fault", LOSSES)
def test_a_faulty_loss_is_named(fault: str):
    discriminator, generator, complaint = LOSSES[fault]
    assert complaint in faults(lambda: check_objective((discriminator, generator)))


def test_signed_logits_are_checked_only_where_they_are_declared():
    signed = (lambda r, f: F.softplus(2 - r) + 0.01 * F.softplus(f), of_generator)
    check_objective(signed, signed_logits=True)
    shifted = (lambda r, f: (r - 1) ** 2 + f**2, of_generator)
    check_objective(shifted)
    assert "leave out signed_logits" in faults(lambda: check_objective(shifted, signed_logits=True))


def test_all_faults_are_listed_and_each_of_them_once():
    said = faults(lambda: check_objective((lambda r, f: of_discriminator(r, f).mean(), lambda _, f: F.softplus(f))))
    assert said.count("without mean() or sum()") == 1
    assert "generator's loss does not fall" in said


class Drift(ganarium.Remedy):
    """A remedy without a fault."""

    def __init__(self, weight: float = 0.1) -> None:
        self.weight = weight

    def discriminator_term(self, duel: ganarium.Duel) -> Tensor:
        return self.weight * duel.real_logits**2


class Counting(Drift):
    """A strength that grows with a number that no checkpoint knows."""

    def __init__(self, weight: float = 0.1) -> None:
        super().__init__(weight)
        self.count = 0

    def after_step(self, players: object) -> None:  # noqa: ARG002
        self.count += 1
        self.weight = 0.1 * self.count


class Late(Drift):
    """A state that exists only after the first step."""

    def __init__(self) -> None:
        super().__init__()
        self.mean: Tensor | None = None

    def discriminator_term(self, duel: ganarium.Duel) -> Tensor:
        now = duel.real_logits.detach().mean()
        self.mean = now if self.mean is None else 0.9 * self.mean + 0.1 * now
        return self.weight * (duel.real_logits - self.mean) ** 2

    def state(self) -> dict[str, Tensor]:
        return {} if self.mean is None else {"mean": self.mean}


class Rerolling(Drift):
    """Weights that are drawn again before the first step."""

    def prepare(self, players: Any) -> None:
        with torch.no_grad():
            for weight in players["generator"].parameters:
                weight.mul_(0.5)


class Dicing(Drift):
    """Numbers of which no seed knows."""

    def discriminator_term(self, duel: ganarium.Duel) -> Tensor:
        return random.random() * duel.real_logits**2


class Endless(Drift):
    """A term that is infinite."""

    def discriminator_term(self, duel: ganarium.Duel) -> Tensor:
        return (duel.real_logits - duel.real_logits).sqrt()


class Always(Drift):
    """An augmentation whose neutral strength is none."""

    def augment(self, pictures: Tensor, draws: object) -> Tensor:  # noqa: ARG002
        return pictures * (1 - self.weight) + 1e-3


REMEDIES_WITH_FAULTS: dict[str, tuple[Callable[[], None], str]] = {
    "neutral": (lambda: check_remedy(Always(), neutral=Always(0.0)), "with neutral settings, 5 steps"),
    "counter": (lambda: check_remedy(Counting), "changed and are not in it: weight, count"),
    "late state": (lambda: check_remedy(Late), "as tensors that exist after prepare()"),
    "start": (lambda: check_remedy(Rerolling), "it changes the start of a run: the initial weights generator/"),
    "dice": (lambda: check_remedy(Dicing), "two runs with the same seed differ; draw random numbers with torch"),
    "infinite": (lambda: check_remedy(Endless), "not finite after 10 steps: discriminator"),
    "nothing": (lambda: check_remedy(Drift, weight=0.0), "10 steps are the same with and without it"),
    "raises": (lambda: check_remedy(Drift, wieght=0.0), "can be built: failed with TypeError"),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", REMEDIES_WITH_FAULTS)
def test_a_faulty_remedy_is_named(fault: str):
    check, complaint = REMEDIES_WITH_FAULTS[fault]
    assert complaint in faults(check)


@pytest.mark.slow
def test_a_remedy_without_a_fault_has_all_properties(own_registries):  # noqa: ARG001
    check_remedy(Drift(), neutral=Drift(0.0))
    register.remedy("drift", neutral={"weight": 0.0})(Drift)
    check_remedy("drift", weight=0.2)
    check_remedy(Drift, weight=0.2, neutral=Drift(0.0))
    assert "with neutral settings" in faults(lambda: check_remedy(Drift, neutral=Drift(0.3)))


@pytest.mark.slow
@pytest.mark.parametrize("name", REMEDIES)
def test_the_remedies_of_ganarium_have_all_properties(name: str):
    check_remedy(name)


class Images(nn.Module):
    """A generator with a fault, or without one."""

    def __init__(self, fault: str = "", latent: int = 4) -> None:
        super().__init__()
        self.fault, self.calls, self.shift = fault, 0, torch.zeros(())
        self.layer = nn.Linear(latent, SIDE**2)
        self.unused = nn.Linear(2, 2) if fault == "unused" else None

    def forward(self, latents: Tensor, label: Tensor | None = None) -> Tensor:
        match self.fault:
            case "in place":
                latents.mul_(2)
            case "batch":
                latents = latents - latents.mean(0)
            case "dice":
                latents = latents + random.random()
            case "lost state":
                self.shift = self.shift + 0.1
                latents = latents + self.shift
            case "explodes":
                return (self.layer(latents) ** 2).exp().clamp(max=1e30).reshape(-1, 1, SIDE, SIDE) * 1e9
        values = self.layer(latents)
        if label is not None and self.fault != "label":
            values = values + label[:, None]
        if self.fault != "unbounded":
            values = values.tanh()
        images = values.reshape(-1, 1, SIDE, SIDE)
        return images.double() if self.fault == "double" else images


GENERATORS_WITH_FAULTS = {
    "in place": "changes its latents in place",
    "batch": "in eval mode, a sample depends on the other samples",
    "dice": "two runs with the same seed differ",
    "lost state": "keep every value that changes in a parameter or in register_buffer",
    "explodes": "not finite",
    "unbounded": "outside [-1, 1]; end it with sigmoid or tanh",
    "double": "returned torch.float64; return float32",
    "unused": "no gradient reaches generator.module.unused.weight",
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", GENERATORS_WITH_FAULTS)
def test_a_faulty_generator_is_named(fault: str):
    assert GENERATORS_WITH_FAULTS[fault] in faults(lambda: check_generator(Images(fault)))


@pytest.mark.slow
def test_a_generator_or_discriminator_that_ignores_its_label_is_named():
    check_generator(Images(), classes=3)
    assert "do not change with the label" in faults(lambda: check_generator(Images("label"), classes=3))
    assert "has no argument for labels" in faults(lambda: check_discriminator(Logits(), classes=3))


class Logits(nn.Module):
    """A discriminator with a fault, or without one."""

    def __init__(self, fault: str = "") -> None:
        super().__init__()
        self.fault, self.scale = fault, torch.ones(())
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(SIDE**2, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))

    def forward(self, images: Tensor) -> Tensor:
        match self.fault:
            case "in place":
                images = images.mul_(1.5)
            case "sigmoid":
                return self.layers(images).sigmoid()
            case "tanh":
                return self.layers(images).tanh()
            case "detached":
                images = images.detach()
            case "position":
                return self.layers(images) + torch.arange(len(images))[:, None]
            case "lost state":
                self.scale = self.scale * 1.1
                return self.layers(images) * self.scale
            case "root":
                return self.layers(images) + (images - images).flatten(1).norm(dim=1, keepdim=True).sqrt()
            case "exponential":
                return (40 * self.layers(images).abs()).exp()
        return self.layers(images)


DISCRIMINATORS_WITH_FAULTS = {
    "sigmoid": "return raw logits, without sigmoid at the end",
    "tanh": "return raw logits, without tanh at the end",
    "in place": "changes its samples in place",
    "detached": "its logits have no gradient with respect to the samples",
    "position": "depends on the batch size or on the position",
    "lost state": "keep every value that changes in a parameter or in register_buffer",
    "root": "is not finite; look for roots",
    "exponential": "its logits are not finite for samples 100 times as large",
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", DISCRIMINATORS_WITH_FAULTS)
def test_a_faulty_discriminator_is_named(fault: str):
    assert DISCRIMINATORS_WITH_FAULTS[fault] in faults(lambda: check_discriminator(Logits(fault)))


@pytest.mark.slow
@pytest.mark.parametrize("classes", [0, 3])
@pytest.mark.parametrize("name", ["dense", "conv", "residual"])
def test_the_networks_of_ganarium_have_all_properties(name: str, classes: int):
    settings: dict[str, Any] = {"hidden": [8]} if name == "dense" else {"width": 4}
    check_generator(name, classes=classes, **settings)
    check_discriminator(name, classes=classes, **settings)


@pytest.mark.slow
@pytest.mark.parametrize("split", [0, 1])
def test_the_generator_of_shapes_has_all_properties(split: int):
    check_generator("shapes", classes=3, hidden=[8], objects=2, split=split, turned=True)


@pytest.mark.slow
def test_every_network_of_ganarium_is_checked_or_translates():
    checked = {"dense", "conv", "residual"}
    assert {name for name, entry in GENERATORS.items() if not entry.settings.translates} == checked | {"shapes"}
    assert {*DISCRIMINATORS} == checked | {"patch"}
    check_discriminator("patch", width=4)
    with pytest.raises(UsageError, match="'unet' translates images"):
        check_generator("unet")


class Descent(torch.optim.Optimizer):
    """Gradient descent with a fault, or without one."""

    def __init__(self, params: Any, lr: float = 0.1, fault: str = "") -> None:
        super().__init__(params, {"lr": lr, "steps": 0})
        self.fault, self.rate, self.count = fault, lr, 0

    @torch.no_grad()
    def step(self) -> None:
        self.count += self.fault == "lost"
        for group in self.param_groups:
            group["steps"] += 1
            for weight in group["params"]:
                own = self.state[weight]
                own["calls"] = own.get("calls", 0) + 1
                own["mean"] = 0.9 * own.get("mean", 0.0) + weight.grad.mean().item()
                pace = own["calls"] + group["steps"] + own["mean"]
                match self.fault:
                    case "still":
                        continue
                    case "rate":
                        pace = pace * self.rate
                    case "dice":
                        pace = pace * group["lr"] * random.random()
                    case "endless":
                        pace = pace / 0.0 if group["lr"] else 0.0
                    case "list":
                        own["past"] = [1]
                    case "table":
                        group["past"] = [*group.get("past", ()), 1]
                    case "global":
                        self.state["global"] = {"count": self.count}
                    case _:
                        pace = pace * group["lr"]
                weight.sub_(pace * weight.grad)


OPTIMIZERS_WITH_FAULTS = {
    "still": "the weights of the discriminator are the same after 5 steps",
    "rate": "at the end of a schedule, where the learning rate is 0, weights still move",
    "dice": "two runs with the same seed differ",
    "endless": "float division by zero",
    "list": "can be built: Descent keeps list as 'past' of a weight, which no checkpoint can hold",
    "table": "can be built: Descent keeps list as 'past' of a group, which no checkpoint can hold",
    "global": "can be built: Descent keeps 'global' in its state beside the weights, which no checkpoint can hold",
    "lost": "can be built: Descent keeps int as its attribute 'count', which no checkpoint can hold",
}


@pytest.mark.slow
@pytest.mark.usefixtures("own_registries")
@pytest.mark.parametrize("fault", OPTIMIZERS_WITH_FAULTS)
def test_a_faulty_optimizer_is_named(fault: str):
    register.optimizer("descent")(Descent)
    assert OPTIMIZERS_WITH_FAULTS[fault] in faults(lambda: check_optimizer(Descent, fault=fault))


@pytest.mark.slow
@pytest.mark.usefixtures("own_registries")
def test_optimizers_without_a_fault_have_all_properties():
    register.optimizer("descent")(Descent)
    for name in ("adam", "sgd", "rmsprop", "descent"):
        check_optimizer(name)
    register.optimizer("torch-adam")(lambda parameters, lr: torch.optim.NAdam(parameters, lr))
    check_optimizer("torch-adam")
    with pytest.raises(UsageError, match=r"register the optimizer first: @ganarium\.register\.optimizer"):
        check_optimizer(torch.optim.Adam)


class Rule(ganarium.UpdateRule):
    """Alternating updates with a fault, or without one."""

    def __init__(self, fault: str = "") -> None:
        self.fault, self.count = fault, 0

    def __call__(self, state: Any, step: int) -> Any:
        self.count += 1
        number = {"lost": self.count**2, "dice": random.randrange(1000)}.get(self.fault, step)
        means, duels = self.update_discriminator(state, state.inputs(number))
        if self.fault == "still":
            means["generator"] = means["discriminator"]
        elif self.fault != "one-sided":
            means |= self.update_generator(state, state.inputs(number))
        if self.fault == "uneven" and step % 2:
            means["mine"] = means["discriminator"]
        return None if self.fault == "nothing" else self.finished(state, means, duels)


RULES_WITH_FAULTS = {
    "uneven": "update=rule: the means of step 1 and of the step before differ in mine; return the same means",
    "lost": "an update rule keeps nothing between steps; derive it from `step`",
    "dice": "two runs with the same seed differ",
    "one-sided": "Rule: the means of a step lack generator; combine the means of both updates",
    "still": "the weights of the generator are the same after 5 steps",
    "nothing": "can be built: Rule: a step returned NoneType; return self.finished(state, means, duels)",
}


@pytest.mark.slow
@pytest.mark.usefixtures("own_registries")
@pytest.mark.parametrize("fault", RULES_WITH_FAULTS)
def test_a_faulty_update_rule_is_named(fault: str):
    register.update("rule")(Rule)
    assert RULES_WITH_FAULTS[fault] in faults(lambda: check_update("rule", fault=fault))


@pytest.mark.slow
@pytest.mark.usefixtures("own_registries")
def test_update_rules_without_a_fault_have_all_properties():
    register.update("rule")(Rule)
    for name in UPDATES:
        check_update(name)


class Items:
    """A data set of 20 images with a fault, or without one."""

    def __init__(self, fault: str = "") -> None:
        self.fault, self.reads = fault, 0
        self.images = np.random.default_rng(0).random((20, 8, 8), dtype=np.float32)

    def __len__(self) -> int:
        return 0 if self.fault == "empty" else 20

    def __getitem__(self, row: int) -> object:
        self.reads += 1
        image = self.images[row]
        if self.fault == "unlabelled" and row == 9:
            return image
        faulty = {
            "ragged": image[: 8 - row],
            "types": image.astype(np.float64) if row == 3 else image,
            "nan": np.where(row == 7, np.nan, image),
            "range": image * 1000,
            "constant": self.images[0],
            "random": image * (self.reads % 7),
            "words": np.array(["a", "b"]),
        }
        label: object = {"names": "cat", "negative": -1, "moving": self.reads % 3}.get(self.fault, row % 3)
        if self.fault == "raises" and row == 5:
            raise OSError("no such file")
        return faulty.get(self.fault, image), label


ITEMS_WITH_FAULTS = {
    "empty": "it has no samples",
    "raises": "sample 5 cannot be read: OSError: no such file",
    "ragged": "sample 1 has shape (7, 8), sample 0 has (8, 8)",
    "types": "sample 3 is float64, sample 0 is float32",
    "nan": "sample 7 has values that are not finite",
    "range": "scale images to [0, 1], [−1, 1] or 0 … 255",
    "constant": "all 20 samples that were read are equal",
    "random": "differs when it is read again",
    "words": "give numbers",
    "unlabelled": "sample 9 has no label and others have one",
    "names": "the label of sample 0 is 'cat'; give one class number",
    "negative": "number the classes from 0",
    "moving": "when it is read again; keep labels fixed",
}


@pytest.mark.parametrize("fault", ITEMS_WITH_FAULTS)
def test_a_faulty_data_set_is_named(fault: str):
    assert ITEMS_WITH_FAULTS[fault] in faults(lambda: check_dataset(Items(fault)))


def test_data_sets_without_a_fault_have_all_properties():
    check_dataset(Items())
    check_dataset(torch.rand(20, 1, 8, 8))
    check_dataset("points", count=100)
    check_dataset("ring")
    assert "has no length or no items" in faults(lambda: check_dataset(iter([1])))


@pytest.mark.usefixtures("own_registries")
def test_a_registered_data_set_that_differs_at_every_call_is_named():
    @ganarium.register.data("unseeded", points=True)
    def unseeded(seeded: bool = False):
        return np.random.default_rng(0 if seeded else None).random((100, 2))

    assert "its function returned different samples at a second call" in faults(lambda: check_dataset("unseeded"))
    check_dataset("unseeded", seeded=True)


def drawn(real: Tensor, fake: Tensor) -> float:
    return frechet_distance(real, fake) * (1 + random.random())


def rescaled_in_place(real: Tensor, fake: Tensor) -> float:
    return frechet_distance(real.mul_(2), fake.mul_(2))


METRICS_WITH_FAULTS: dict[str, tuple[Callable[[Tensor, Tensor], object], str]] = {
    "nan": (lambda r, f: (r.mean() - f.mean()) / (r - f).abs().max(), "for equal features; return one finite number"),
    "sum": (lambda r, f: frechet_distance(r, f) * len(f), "use means, not sums"),
    "order": (lambda r, f: (r[0] - f[0]).norm(), "when rows are permuted"),
    "asymmetric": (lambda r, f: (r.mean(0) - f.mean(0)).norm() + f.std(), "pass symmetric=False"),
    "dice": (drawn, "seed what it draws at random"),
    "in place": (rescaled_in_place, "changes its arguments in place"),
    "wrong direction": (lambda r, f: -frechet_distance(r, f), "it should get worse (rise) with this fault"),
    "blind": (lambda r, f: abs(r.var() - f.var()) * 0, "planted fault missing-mode: it should get worse"),
}


@pytest.mark.parametrize("fault", METRICS_WITH_FAULTS)
def test_a_faulty_metric_is_named(fault: str):
    metric, complaint = METRICS_WITH_FAULTS[fault]
    assert complaint in faults(lambda: check_metric(metric))


@pytest.mark.usefixtures("own_registries")
def test_a_registered_metric_is_checked_as_it_was_registered():
    def spread(real: Tensor, fake: Tensor) -> float:  # noqa: ARG001
        return float(fake.flatten(1).std(0).mean())

    register.metric("spread")(spread)
    register.metric("blind-to-images", takes="images")(lambda real, fake: float(fake.mean() * 0 + real.shape[1]))
    check_metric("spread", sees=["noise"])
    check_metric(spread, sees=["noise"])
    assert "it should get worse (move away from" in faults(partial(check_metric, "blind-to-images"))


@pytest.mark.parametrize("metric", [frechet_distance, kernel_distance])
def test_metrics_without_a_fault_have_all_properties(metric: Callable[..., Any]):
    check_metric(metric)
    check_metric(lambda real, fake: -float(metric(real, fake)), better="higher")
    assert "planted fault noise" in faults(partial(check_metric, metric, better="higher"))


@pytest.mark.parametrize(
    ("check", "complaint"),
    [
        (lambda: check_objective("hing"), "no objective named 'hing'; did you mean hinge"),
        (lambda: check_metric("frechet"), "no metric named 'frechet'"),
        (lambda: check_metric(3), "metric 3: pass a registered name, or a function"),  # type: ignore[arg-type]
        (lambda: check_metric(frechet_distance, sees=["nois"]), "unknown fault 'nois'; did you mean noise"),  # type: ignore[list-item]
    ],
)
def test_a_check_that_is_called_wrongly_says_so(check: Callable[[], None], complaint: str):
    with pytest.raises(UsageError, match=complaint):
        check()


@pytest.mark.parametrize(
    ("check", "complaint"),
    [
        (lambda: check_objective("hinge", margin=2), "no setting named 'objective.margin'"),
        (lambda: check_objective(3), "an objective is a pair of functions"),
        (lambda: check_generator("dense", hiden=[3]), "did you mean generator.hidden?"),
        (lambda: check_generator(Images, width=3), "no setting named 'generator.width'; the settings of generator are"),
        (lambda: check_generator(Images(), shape=(3, 32, 32)), "the data need (4, 3, 32, 32)"),
        (lambda: check_discriminator(3), "discriminator=…: pass a name, a torch.nn.Module"),
        (lambda: check_remedy(3), "pass a dict of settings, True or a ganarium.Remedy; got int"),
        (lambda: check_remedy(Drift(), neutral={"weight": 0}), "settings weight have no effect on an existing remedy"),
        (lambda: check_dataset("folder", folder="/nowhere"), "/nowhere: no such folder"),
    ],
)
def test_a_part_that_cannot_be_built_says_why(check: Callable[[], None], complaint: str):
    said = faults(check)
    assert complaint in said
    assert len(said.splitlines()) == 2
