"""A trial of remedies: a run forked at one checkpoint, once as it was and once with each remedy, and set side by side.

The forks see the same latents and batches, so what differs between them is the remedy. One seed is no proof: what
helps here is worth a study.
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
from ganarium.runs.checked import trained_checkpoint
from ganarium.runs.directory import EXPERIMENT, Run
from ganarium.runs.events import Scored, ended
from ganarium.training import create

AS_IT_WAS = "as it was"
PICTURE = "trial.png"
LEAST_LOOKS = 6  # in a fork, so that the doctor has something to say
LITTLE = 0.1  # of how far off the run as it was is: seeds of S2-A differ by 8 % (results/collapse.md)
ALIKE = ("seed", "data", "train", "record")  # settings that all forks of a trial share
USUAL = ("remedies.feature_matching=true",), ("remedies.spectral_norm=true",), ("remedies.r1.gamma=0.1",)

Verdict = Literal["", "helped", "made it worse", "little difference", "cannot be told", "diverged"]


@dataclass(frozen=True)
class Treatment:
    """Settings that are tried together."""

    name: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What a treatment led to.

    score: the first of those taken at the end, by validation data; None where there is none
    findings: names of what the doctor says at the end, or `too-early:` and the names of what it would be
    verdict: by the score, beside the run as it was
    """

    name: str
    words: tuple[str, ...]
    run: str
    score: Scored | None
    findings: tuple[str, ...]
    verdict: Verdict


@dataclass(frozen=True)
class Trial:
    """Outcomes of all treatments, the run as it was first; forked at a step, each for so many steps."""

    parent: str
    at: int
    steps: int
    picture: str
    outcomes: tuple[Outcome, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain data that JSON can hold."""
        return asdict(self)


def treatments(asked: Sequence[str], run: Run, diagnosis: Diagnosis) -> list[Treatment]:
    """The run as it was, and what is tried: names of remedies or settings, `+` between those tried together.

    Without any, those that the doctor would try first. Raises `SettingsError` for what the run cannot have.
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
    """The kept checkpoint to fork at, and for how many steps: from before the first grave finding, to where it is."""
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
    return chosen, steps or max(LEAST_LOOKS * run.experiment.record.looks, kept[-1] - chosen, 1)


def main_finding(diagnosis: Diagnosis, run: Run) -> Found | None:
    """The gravest that settings may mend."""
    return next((found for found in diagnosis.grave if remedies_for(found.name, run.experiment)), None)


def forks(run: Run, tried: Iterable[Treatment], at: int, steps: int, home: Path) -> list[tuple[Treatment, Run]]:
    """A run for each treatment, from where it is if it was begun already.

    Nothing is made unless all can be. Raises `SettingsError` for what the run cannot have, `UsageError` where `home`
    holds another trial.
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
        elif (found := Run.open(path)).birth.parent != create.parentage(run, at) or _unlike(
            found.experiment, experiment
        ):
            raise UsageError(f"{shown(path)} is of another trial: choose another --out, or remove {shown(home)}")
    return [
        (each, Run.open(path) if _begun(path) else create.fork(run, at, experiment, path, overwrite=True)[0])
        for each, experiment, path in plans
    ]


def finished(run: Run) -> bool:
    """Whether a fork needs no more training."""
    return ended(run.events()) in ("finished", "diverged")


def trial_home(run: Run, at: int) -> Path:
    """Where the forks lie, unless somebody says otherwise."""
    return run.path.with_name(f"{run.path.name}-trial-{at}")


def outcomes(trained: Iterable[tuple[Treatment, Run]]) -> Iterator[Outcome]:
    """What became of each, beside the first."""
    usual, broke = None, False
    for number, (treatment, run) in enumerate(trained):
        lines = run.events()
        scored = [line.event for line in lines if isinstance(line.event, Scored)]
        score = next((one for one in scored if one.step == scored[-1].step), None)
        diagnosis = diagnose(lines, run.birth.classes)
        findings = tuple(found.label for found in diagnosis.findings)
        diverged = "divergence" in findings
        if number == 0:
            usual, broke = score, diverged
        verdict: Verdict = "" if number == 0 else verdict_of(usual, score)
        if diverged:
            verdict = "diverged"
        elif broke:
            verdict = "helped"
        yield Outcome(treatment.name, treatment.words, str(run.path), score, findings, verdict)


def verdict_of(usual: Scored | None, score: Scored | None) -> Verdict:
    """Whether a score is nearer to what real samples get, beyond both errors and what another seed may change."""
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
    """A setting as it is; a remedy's name, or one with its setting, as that of the remedies."""
    if "=" not in word:
        REMEDIES[word]  # which answers a wrong name with the nearest right one
        return f"remedies.{word}=true"
    return f"remedies.{word}" if word.partition("=")[0].partition(".")[0] in REMEDIES else word


def _begun(path: Path) -> bool:
    """Whether a fork is there, whole: one that was killed while it was made is none."""
    return (path / EXPERIMENT).is_file() and bool(Run.open(path).checkpoint_steps())


def _unlike(found: Experiment, asked: Experiment) -> bool:
    """Whether a run has other settings than are asked for; its engine may be resolved."""
    return any(key.partition(".")[0] != "engine" for key in differences(found, asked))


def _folder(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "._=-+" else "-" for letter in name)[:100]
