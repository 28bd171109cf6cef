"""Suggested settings for each finding of the diagnosis, limited to settings that the run supports."""

import shlex
from collections.abc import Callable, Iterator, Mapping

from ganarium.config.experiment import Experiment
from ganarium.config.objectives import MinimaxConfig
from ganarium.config.optimizers import AdamConfig
from ganarium.config.overrides import differences, override
from ganarium.config.remedies.regularization import SquaredGradientConfig
from ganarium.config.requirements import unmet
from ganarium.config.updates import AlternatingConfig, SimultaneousConfig
from ganarium.core.errors import GanariumError
from ganarium.core.escape import shown
from ganarium.diagnosis.diagnose import HEALTHY, PLATEAU, STILL_IMPROVING, TOO_EARLY, DiagnosedFinding
from ganarium.runs.directory import EXPERIMENT, Run

Words = tuple[str, ...]
MOST = 4  # maximum number of suggested remedies
FAR_APART = 5  # ratio of learning rates above which they are equalized

LEAST_GAMMA, MORE = 0.1, 4  # gamma for new R1 and R2 penalties, and the factor for existing ones


def commands_for(finding: DiagnosedFinding, run: Run) -> list[str]:
    """Return the commands suggested for a finding, as arguments of `ganarium`."""
    path, settings, experiment = shlex.quote(str(run)), shlex.quote(shown(run.path / EXPERIMENT)), run.experiment
    steps, trained = experiment.train.steps, max(run.checkpoint_steps(), default=0)
    longer = finding.name in (STILL_IMPROVING, TOO_EARLY)
    if longer and (steps is None or trained < steps):
        return [f"resume {path}"]
    if longer and experiment.optim.schedule == "constant":
        return [f"resume {path} --steps {2 * trained}"]
    if longer:  # a learning rate that decayed to 0 at the horizon stays 0
        return [f"train {settings} train.steps={2 * trained} train.horizon=none train.seconds=none"]
    if finding.name == HEALTHY:
        return [f"evaluate {path}"]
    if finding.name == PLATEAU:
        nearest = min(run.checkpoint_steps(), key=lambda step: abs(step - (finding.best or 0)), default=0)
        return [f"evaluate {path} --at {nearest}"]
    if finding.name == "data-problem":
        return [f"data check {_data_argument(experiment)}"]
    if finding.name == "poor-average":
        return [f"sample {path} --weights raw", f"evaluate {path} --weights raw"]
    at = before(run, finding.since or 0)
    if at is None:
        return [f"train {settings} {' '.join(words)}" for words in remedies_for(finding.name, experiment)]
    length = (f"train.steps={2 * at}", f"train.horizon={2 * at}") if steps is not None and steps <= at else ()
    advised = remedies_for(finding.name, experiment)
    return [f"fork {path} --at {at} {' '.join((*words, *length))}" for words in advised]


def before(run: Run, step: int) -> int | None:
    """Return the step of the newest stored checkpoint before a given step, or None."""
    return max((one for one in run.checkpoint_steps() if one < step), default=None)


def _data_argument(experiment: Experiment) -> str:
    """Return the path or name of the data, quoted for the shell."""
    place = getattr(experiment.data, "location", None)
    return shlex.quote(place or experiment.data.kind)


def remedies_for(finding: str, experiment: Experiment) -> list[Words]:
    """Return the settings to try for a finding, one tuple per fork, limited to settings that the run supports."""
    candidates = ADVICE.get(finding)
    if candidates is None:
        return []
    return [words for words in candidates(experiment) if could_try(experiment, words)][:MOST]


def could_try(experiment: Experiment, words: Words) -> bool:
    """Return whether the settings are valid and change the experiment, checked without building networks."""
    try:
        tried = override(experiment, words)
    except GanariumError:
        return False
    refused = {*unmet(tried)} - {*unmet(experiment)}  # conflicts in the run's own settings were accepted
    return bool(differences(experiment, tried)) and not refused


def _against_collapse(experiment: Experiment) -> Iterator[Words]:
    yield from _equal_rates(experiment)
    yield ("objective=relativistic", *_penalized(experiment, "r1", "r2"))
    yield ("remedies.feature_matching=true",)
    yield ("remedies.spectral_norm=true",)
    yield _penalized(experiment, "r1")
    yield from _lower_rates(experiment)


def _against_a_strong_discriminator(experiment: Experiment) -> Iterator[Words]:
    yield from _equal_rates(experiment)
    if isinstance(experiment.objective, MinimaxConfig):
        yield ("objective=non-saturating",)
    if isinstance(experiment.update, AlternatingConfig) and experiment.update.discriminator_steps > 1:
        yield ("update.discriminator_steps=1",)
    yield _penalized(experiment, "r1")
    yield (f"optim.discriminator_lr={_discriminator_rate(experiment) / 4:g}",)
    yield ("remedies.instance_noise=true",)
    yield ("remedies.spectral_norm=true",)


def _against_a_weak_discriminator(experiment: Experiment) -> Iterator[Words]:
    yield from _equal_rates(experiment)
    yield (f"optim.discriminator_lr={max(_discriminator_rate(experiment) * 4, experiment.optim.lr):g}",)
    if isinstance(experiment.update, AlternatingConfig):
        yield (f"update.discriminator_steps={experiment.update.discriminator_steps + 2}",)
    yield (f"optim.lr={experiment.optim.lr / 4:g}", f"optim.discriminator_lr={_discriminator_rate(experiment):g}")


def _against_oscillation(experiment: Experiment) -> Iterator[Words]:
    yield from _equal_rates(experiment)
    yield _penalized(experiment, "r1")
    if isinstance(experiment.update, SimultaneousConfig):
        yield ("update=alternating",)
    if isinstance(experiment.optim, AdamConfig) and experiment.optim.beta1 > 0:
        yield ("optim.beta1=0",)
    yield from _lower_rates(experiment)
    yield ("remedies.ema=true",)


def _against_divergence(experiment: Experiment) -> Iterator[Words]:
    yield from _lower_rates(experiment)
    yield ("remedies.gradient_clipping=true",)
    if "r1" not in experiment.remedies:
        yield _penalized(experiment, "r1")


def _against_vanishing(experiment: Experiment) -> Iterator[Words]:
    if isinstance(experiment.objective, MinimaxConfig):
        yield ("objective=non-saturating",)
    yield ("objective=relativistic", *_penalized(experiment, "r1", "r2"))
    yield from _lower_rates(experiment)
    yield _penalized(experiment, "r1")


def _against_memorization(experiment: Experiment) -> Iterator[Words]:
    yield ("remedies.diff_augment=true",)
    yield ("remedies.ada=true",)
    yield _penalized(experiment, "r1")


def _penalized(experiment: Experiment, *penalties: str) -> Words:
    """Return settings that add gradient penalties, or strengthen those already in use."""
    present = {
        name: remedy for name, remedy in experiment.remedies.items() if isinstance(remedy, SquaredGradientConfig)
    }
    gammas = {name: MORE * present[name].gamma if name in present else 0.0 for name in penalties}
    return tuple(f"remedies.{name}.gamma={max(LEAST_GAMMA, gamma):g}" for name, gamma in gammas.items())


def _equal_rates(experiment: Experiment) -> Iterator[Words]:
    """Yield settings that equalize learning rates that differ widely."""
    rates = experiment.optim.lr, _discriminator_rate(experiment)
    if max(rates) > FAR_APART * min(rates):
        yield (f"optim.discriminator_lr={experiment.optim.lr:g}",)


def _lower_rates(experiment: Experiment) -> Iterator[Words]:
    """Yield settings that reduce both players' learning rates to a quarter."""
    optim = experiment.optim
    own = () if optim.discriminator_lr is None else (f"optim.discriminator_lr={optim.discriminator_lr / 4:g}",)
    yield (f"optim.lr={optim.lr / 4:g}", *own)


def _discriminator_rate(experiment: Experiment) -> float:
    return experiment.optim.discriminator_lr or experiment.optim.lr


ADVICE: Mapping[str, Callable[[Experiment], Iterator[Words]]] = {
    "divergence": _against_divergence,
    "constant": _against_divergence,
    "memorization": _against_memorization,
    "collapse": _against_collapse,
    "partial-collapse": _against_collapse,
    "low-diversity": _against_collapse,
    "vanishing-gradients": _against_vanishing,
    "generator-too-strong": _against_a_weak_discriminator,
    "discriminator-too-strong": _against_a_strong_discriminator,
    "oscillation": _against_oscillation,
}
