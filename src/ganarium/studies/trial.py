"""A trial of remedies: forks of a run at one checkpoint, one unchanged and one with each remedy, compared.

The forks use the same latents and batches, so they differ only by the remedy. One seed proves nothing: confirm a
remedy that helps here with a study.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, Literal

from ganarium.config.experiment import Experiment
from ganarium.config.overrides import differences, override
from ganarium.config.remedies import REMEDIES
from ganarium.core.arguments import whole_number
from ganarium.core.errors import CheckpointError, SettingsError, UsageError
from ganarium.core.escape import shown
from ganarium.diagnosis.advice import before, could_try, remedies_for
from ganarium.diagnosis.diagnose import Diagnosis, Found, diagnose
from ganarium.metrics.estimate import SURE
from ganarium.runs.directory import EXPERIMENT, Run
from ganarium.runs.events import Scored, stop_reason
from ganarium.runs.verified_checkpoint import trained_checkpoint
from ganarium.training import create

AS_IT_WAS = "as it was"
PICTURE = "trial.png"
LEAST_LOOKS = 6  # minimum number of snapshots in a fork, for a diagnosis
LITTLE = 0.1  # smallest relative difference that counts; seeds of S2-A differ by 8 % (results/collapse.md)
ALIKE = ("seed", "data", "train", "record")  # settings that all forks of a trial share
USUAL = ("remedies.feature_matching=true",), ("remedies.spectral_norm=true",), ("remedies.r1.gamma=0.1",)

DiscriminatorOutput = Literal["", "helped", "made it worse", "little difference", "cannot be told", "diverged"]


@dataclass(frozen=True)
class Treatment:
    """Settings that are tried together."""

    name: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """The result of a treatment.

    score: the first score taken at the end, on validation data; None if there is none
    findings: names of the findings at the end, or `too-early:` and the names of suspected findings
    verdict: by the score, compared with the unchanged fork
    """

    name: str
    words: tuple[str, ...]
    run: str
    score: Scored | None
    findings: tuple[str, ...]
    verdict: DiscriminatorOutput


@dataclass(frozen=True)
class Trial:
    """The outcomes of all treatments, the unchanged fork first, each trained for `steps` steps from step `at`."""

    parent: str
    at: int
    steps: int
    picture: str
    outcomes: tuple[Outcome, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the trial as JSON-compatible data."""
        return asdict(self)


def treatments(asked: Sequence[str], run: Run, diagnosis: Diagnosis) -> list[Treatment]:
    """Return the unchanged treatment and those to try: names of remedies or settings, joined by `+` to combine them.

    By default, those that the diagnosis suggests first. Raises `SettingsError` for settings that the run cannot have.
    """
    if asked:
        tried = [_treatment(text, run.experiment) for text in asked]
    else:
        main = main_finding(diagnosis, run)
        advised = remedies_for(main.name, run.experiment) if main else []
        if not advised:
            logging.getLogger("ganarium").warning("the doctor advises nothing here; what is usual is tried")
            advised = [words for words in USUAL if could_try(run.experiment, words)]
        tried = [Treatment(" ".join(words), words) for words in advised]
    return [Treatment(AS_IT_WAS), *tried]


def where(run: Run, diagnosis: Diagnosis, at: int | None, steps: int | None) -> tuple[int, int]:
    """Return the kept checkpoint to fork at and the number of steps.

    By default, the fork starts before the first serious finding and runs at least to the newest kept checkpoint.
    """
    at = None if at is None else whole_number("at", at, 0)
    steps = None if steps is None else whole_number("steps", steps, 1)
    kept = run.checkpoint_steps()
    if not kept:
        raise CheckpointError(f"{run} has no checkpoint: nothing can be forked")
    if at is None:
        main = main_finding(diagnosis, run)
        at = before(run, main.since or 0) if main else kept[-1]
        at = kept[0] if at is None else at
    chosen = max((step for step in kept if step <= at), default=None)
    if chosen is None:
        raise UsageError(f"--at {at}: the first kept checkpoint is that of step {kept[0]:,}")
    if (sound := trained_checkpoint(run, chosen).progress.step) != chosen:
        raise CheckpointError(f"{run}: its checkpoint of step {chosen:,} is damaged; fork an earlier one: --at {sound}")
    return chosen, steps or max(LEAST_LOOKS * run.experiment.record.monitor_every, kept[-1] - chosen, 1)


def main_finding(diagnosis: Diagnosis, run: Run) -> Found | None:
    """Return the most serious finding that settings may fix."""
    return next((found for found in diagnosis.grave if remedies_for(found.name, run.experiment)), None)


def forks(run: Run, tried: Iterable[Treatment], at: int, steps: int, home: Path) -> list[tuple[Treatment, Run]]:
    """Return a run for each treatment, continuing those that already exist.

    No fork is created unless all can be. Raises `SettingsError` for settings that the run cannot have, `UsageError` if
    `home` holds another trial.
    """
    if (home / EXPERIMENT).exists() or home.is_file():
        raise UsageError(f"--out {shown(home)}: must be a folder of its own for the forks, and no run; choose another")
    end = at + steps
    length = (f"train.steps={end}", "train.seconds=none", f"train.horizon={max(run.experiment.horizon, end)}")
    plans = [(each, override(run.experiment, [*each.words, *length]), home / _folder(each.name)) for each in tried]
    for (one, as_one, _), (other, as_other, _) in combinations(plans, 2):
        if as_one == as_other:
            raise UsageError(f"{one.name} and {other.name} are the same; ask for each once")
    path, often = Counter(path for _, _, path in plans).most_common(1)[0]
    if often > 1:
        raise UsageError(
            f"{often} treatments would lie in {shown(path)}: ask for each once, and for fewer settings at a time"
        )
    for _, experiment, path in plans:
        if not _begun(path):
            create.refuse_fork(run, at, experiment)
        elif (found := Run.open(path)).provenance.parent != create.parentage(run, at) or _unlike(
            found.experiment, experiment
        ):
            raise UsageError(f"{shown(path)} is of another trial: choose another --out, or remove {shown(home)}")
    return [
        (each, Run.open(path) if _begun(path) else create.fork(run, at, experiment, path, overwrite=True)[0])
        for each, experiment, path in plans
    ]


def finished(run: Run) -> bool:
    """Return whether a fork needs no more training."""
    return stop_reason(run.events()) in ("finished", "diverged")


def trial_home(run: Run, at: int) -> Path:
    """Return the default directory of the forks."""
    return run.path.with_name(f"{run.path.name}-trial-{at}")


def outcomes(trained: Iterable[tuple[Treatment, Run]]) -> Iterator[Outcome]:
    """Yield the outcome of each treatment, compared with the first."""
    usual, broke = None, False
    for number, (treatment, run) in enumerate(trained):
        lines = run.events()
        scored = [line.event for line in lines if isinstance(line.event, Scored)]
        score = next((one for one in scored if one.step == scored[-1].step), None)
        diagnosis = diagnose(lines, run.provenance.classes)
        findings = tuple(found.label for found in diagnosis.findings)
        diverged = "divergence" in findings
        if number == 0:
            usual, broke = score, diverged
        verdict: DiscriminatorOutput = "" if number == 0 else verdict_of(usual, score)
        if diverged:
            verdict = "diverged"
        elif broke:
            verdict = "helped"
        yield Outcome(treatment.name, treatment.words, str(run.path), score, findings, verdict)


def verdict_of(usual: Scored | None, score: Scored | None) -> DiscriminatorOutput:
    """Return whether a score is nearer to its floor, beyond both errors and the variation between seeds."""
    if usual is None or score is None or usual.error is None or score.error is None or usual.against != score.against:
        return "cannot be told"
    off = abs(usual.value - (usual.floor or 0))
    nearer = off - abs(score.value - (score.floor or 0))
    if abs(nearer) <= max(SURE * (usual.error**2 + score.error**2) ** 0.5, LITTLE * off):
        return "little difference"
    return "helped" if nearer > 0 else "made it worse"


def _treatment(text: str, experiment: Experiment) -> Treatment:
    words = tuple(_setting(word) for word in text.split("+"))
    if alike := [word for word in words if word.partition("=")[0].partition(".")[0] in ALIKE]:
        raise SettingsError(f"{alike[0]}: all forks of a trial share that; ask for remedies or other settings")
    if not differences(experiment, override(experiment, words)):
        raise SettingsError(f"{text}: the run has that already; try another")
    return Treatment(text, words)


def _setting(word: str) -> str:
    """Return a setting unchanged, or for a remedy's name or setting the full key under `remedies`."""
    if "=" not in word:
        REMEDIES[word]  # raises an error that suggests the nearest name
        return f"remedies.{word}=true"
    return f"remedies.{word}" if word.partition("=")[0].partition(".")[0] in REMEDIES else word


def _begun(path: Path) -> bool:
    """Return whether a complete fork exists; one that was killed during its creation does not count."""
    return (path / EXPERIMENT).is_file() and bool(Run.open(path).checkpoint_steps())


def _unlike(found: Experiment, asked: Experiment) -> bool:
    """Return whether a run's settings differ from the requested ones; the engine may be resolved."""
    return any(key.partition(".")[0] != "engine" for key in differences(found, asked))


def _folder(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "._=-+" else "-" for letter in name)[:100]
