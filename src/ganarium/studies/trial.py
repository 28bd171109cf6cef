"""Trials of remedies, which compare forks of a run from one checkpoint: one unchanged, one per remedy.

The forks use the same latents and batches, so they differ only by the remedy. One seed proves nothing: confirm a
remedy that helps in a trial with a study.
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
from ganarium.core.html import picture, stack, table
from ganarium.core.outputs import ANOTHER
from ganarium.diagnosis.advice import before, could_try, remedies_for
from ganarium.diagnosis.diagnose import DiagnosedFinding, Diagnosis, diagnose
from ganarium.metrics.interval import SURE
from ganarium.plotting.images import load_png, png
from ganarium.runs.directory import EXPERIMENT, Run
from ganarium.runs.events import Scored, stop_reason
from ganarium.runs.verified_checkpoint import trained_checkpoint
from ganarium.training import create

BASELINE = "baseline"
FORMER_BASELINE = "as-it-was"  # folder of the baseline in trials started by an earlier version
PICTURE = "trial.png"
LEAST_SNAPSHOTS = 6  # minimum number of snapshots in a fork, for a diagnosis
LITTLE = 0.1  # smallest relative difference that counts; seeds of S2-A differ by 8 % (results/collapse.md)
SHARED = ("seed", "data", "train", "record", "observers")  # settings that all forks of a trial share
USUAL = ("remedies.feature_matching=true",), ("remedies.spectral_norm=true",), ("remedies.r1.gamma=0.1",)

Verdict = Literal["", "helped", "worse", "no clear change", "not comparable", "diverged"]


@dataclass(frozen=True)
class Variant:
    """Settings that are tried together in one fork."""

    name: str
    settings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """The result of one variant of a trial.

    score: the first score of the last evaluation, on validation data; None if nothing was scored
    findings: names of the findings at the end, or `too-early:` and the names of suspected findings
    verdict: result of comparing the score with that of the baseline
    """

    name: str
    settings: tuple[str, ...]
    run: str
    score: Scored | None
    findings: tuple[str, ...]
    verdict: Verdict

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """Return the name, the score with its 95 % interval, the verdict and the findings as text."""
        return self.name, self._score_text(), self.verdict, ", ".join(self.findings) or "too early to say"

    def _score_text(self) -> str:
        if self.score is None:
            return "none"
        margin = "" if self.score.error is None else f" ± {SURE * self.score.error:.2g}"
        return f"{self.score.value:.4g}{margin}"


@dataclass(frozen=True)
class Trial:
    """The outcomes of all variants, the baseline first, each trained for `steps` steps from step `at`."""

    parent: str
    at: int
    steps: int
    picture: str
    outcomes: tuple[Outcome, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the trial as JSON-compatible data."""
        return asdict(self)

    @property
    def head(self) -> tuple[str, str, str, str]:
        """Return the heads of the cells of the outcomes, with the name of the score."""
        names = [one.score.name for one in self.outcomes if one.score]
        return "variant", names[0] if names else "score", "verdict", "diagnosis"

    @property
    def title(self) -> str:
        """Return the run, the step of the fork and the length of training as text."""
        length = f"{self.steps:,} steps each, with the same latents and batches"
        return f"{shown(Path(self.parent))} from step {self.at:,}, {length}"

    def _repr_html_(self) -> str:
        image = self._repr_png_()
        rows = [one.cells for one in self.outcomes]
        return stack(self.title, table(self.head, rows), picture(image, "samples of each variant") if image else "")

    def _repr_png_(self) -> bytes | None:
        image = load_png(Path(self.picture))
        return png(image) if image else None


def variants_for(requested: Sequence[str], run: Run, diagnosis: Diagnosis) -> list[Variant]:
    """Return the baseline and the variants to try; by default, those suggested for the main finding.

    requested: names of remedies, or settings; joined by `+` to try several in one fork
    Raises `SettingsError` for settings that the run does not support.
    """
    if requested:
        tried = [_variant(text, run.experiment) for text in requested]
    else:
        main = main_finding(diagnosis, run)
        advised = remedies_for(main.name, run.experiment) if main else []
        if not advised:
            logging.getLogger("ganarium").warning("the diagnosis suggests nothing for this run; trying common remedies")
            advised = [settings for settings in USUAL if could_try(run.experiment, settings)]
        tried = [Variant(" ".join(settings), settings) for settings in advised]
    return [Variant(BASELINE), *tried]


def fork_point(run: Run, diagnosis: Diagnosis, at: int | None, steps: int | None) -> tuple[int, int]:
    """Return the step of the checkpoint to fork from, and the number of steps to train.

    By default, the fork starts before the first severe finding and runs at least to the newest checkpoint.
    """
    at = None if at is None else whole_number("at", at, 0)
    steps = None if steps is None else whole_number("steps", steps, 1)
    checkpoints = run.checkpoint_steps()
    if not checkpoints:
        raise CheckpointError(f"{run} has no checkpoint to fork from; train the run first")
    if at is None:
        main = main_finding(diagnosis, run)
        at = before(run, main.since or 0) if main else checkpoints[-1]
        at = checkpoints[0] if at is None else at
    chosen = max((step for step in checkpoints if step <= at), default=None)
    if chosen is None:
        raise UsageError(
            f"no checkpoint at step {at:,} or before: the first is at {checkpoints[0]:,}; choose a later step"
        )
    if (intact := trained_checkpoint(run, chosen).progress.step) != chosen:
        raise CheckpointError(
            f"{run}: the checkpoint of step {chosen:,} is damaged; fork at an earlier step, such as {intact}"
        )
    return chosen, steps or max(LEAST_SNAPSHOTS * run.experiment.record.monitor_every, checkpoints[-1] - chosen, 1)


def main_finding(diagnosis: Diagnosis, run: Run) -> DiagnosedFinding | None:
    """Return the most severe finding that a change of settings may fix."""
    return next((finding for finding in diagnosis.severe if remedies_for(finding.name, run.experiment)), None)


def fork_variants(
    run: Run, variants: Iterable[Variant], at: int, steps: int, folder: Path
) -> list[tuple[Variant, Run]]:
    """Create a fork for each variant, or open the fork if it already exists.

    Creates no fork unless all can be created. Raises `SettingsError` for settings that the run does not support, and
    `UsageError` if the folder contains another trial.
    """
    if (folder / EXPERIMENT).exists() or folder.is_file():
        raise UsageError(f"{shown(folder)} is a run or a file; choose a folder for the forks")
    end = at + steps
    length = (f"train.steps={end}", "train.seconds=none", f"train.horizon={max(run.experiment.horizon, end)}")
    plans = [(each, override(run.experiment, [*each.settings, *length]), _path(each, folder)) for each in variants]
    for (one, as_one, _), (other, as_other, _) in combinations(plans, 2):
        if as_one == as_other:
            raise UsageError(f"{one.name} and {other.name} are the same variant; list it only once")
    path, count = Counter(path for _, _, path in plans).most_common(1)[0]
    if count > 1:
        raise UsageError(
            f"{count} variants would be stored in {shown(path)}: list each only once, and combine fewer settings"
        )
    for _, experiment, path in plans:
        if not _exists(path):
            create.refuse_fork(run, at, experiment)
        elif (existing := Run.open(path)).provenance.parent != create.parentage(run, at) or _differ(
            existing.experiment, experiment
        ):
            raise UsageError(f"{shown(path)} belongs to another trial: {ANOTHER}, or remove {shown(folder)}")
    return [
        (each, Run.open(path) if _exists(path) else create.fork(run, at, experiment, path, overwrite=True)[0])
        for each, experiment, path in plans
    ]


def is_finished(run: Run) -> bool:
    """Return whether the training of a fork has finished or diverged."""
    return stop_reason(run.events()) in ("finished", "diverged")


def trial_folder(run: Run, at: int) -> Path:
    """Return the default directory of the forks."""
    return run.path.with_name(f"{run.path.name}-trial-{at}")


def outcomes(trained: Iterable[tuple[Variant, Run]]) -> Iterator[Outcome]:
    """Yield the outcome of each variant, compared with the first variant, the baseline."""
    baseline, baseline_diverged = None, False
    for number, (variant, run) in enumerate(trained):
        lines = run.events()
        scored = [line.event for line in lines if isinstance(line.event, Scored)]
        score = next((one for one in scored if one.step == scored[-1].step), None)
        findings = tuple(finding.label for finding in diagnose(lines, run.provenance.classes).findings)
        diverged = "divergence" in findings
        if number == 0:
            baseline, baseline_diverged = score, diverged
        verdict: Verdict = "" if number == 0 else verdict_of(baseline, score)
        if diverged:
            verdict = "diverged"
        elif baseline_diverged:
            verdict = "helped"
        yield Outcome(variant.name, variant.settings, str(run.path), score, findings, verdict)


def verdict_of(baseline: Scored | None, score: Scored | None) -> Verdict:
    """Return whether a score is clearly nearer to its floor than the baseline, given errors and seed variation."""
    if (
        baseline is None
        or score is None
        or baseline.error is None
        or score.error is None
        or baseline.against != score.against
    ):
        return "not comparable"
    excess = abs(baseline.value - (baseline.floor or 0))
    gain = excess - abs(score.value - (score.floor or 0))
    if abs(gain) <= max(SURE * (baseline.error**2 + score.error**2) ** 0.5, LITTLE * excess):
        return "no clear change"
    return "helped" if gain > 0 else "worse"


def _variant(text: str, experiment: Experiment) -> Variant:
    settings = tuple(_setting(word) for word in text.split("+"))
    if shared := [setting for setting in settings if setting.partition("=")[0].partition(".")[0] in SHARED]:
        raise SettingsError(f"{shared[0]}: all forks of a trial share this setting; try remedies or other settings")
    if not differences(experiment, override(experiment, settings)):
        raise SettingsError(f"{text}: the run already has this setting; try another")
    return Variant(text, settings)


def _setting(word: str) -> str:
    """Return a setting, prefixed with `remedies.` if it names a remedy or a setting of a remedy."""
    if "=" not in word:
        REMEDIES[word]  # raises an error that suggests the nearest name
        return f"remedies.{word}=true"
    return f"remedies.{word}" if word.partition("=")[0].partition(".")[0] in REMEDIES else word


def _path(variant: Variant, folder: Path) -> Path:
    """Return the path of a variant's fork."""
    former = folder / FORMER_BASELINE
    if variant.name == BASELINE and _exists(former):
        return former
    return folder / "".join(letter if letter.isalnum() or letter in "._=-+" else "-" for letter in variant.name)[:100]


def _exists(path: Path) -> bool:
    """Return whether the fork exists and was created completely."""
    return (path / EXPERIMENT).is_file() and bool(Run.open(path).checkpoint_steps())


def _differ(existing: Experiment, requested: Experiment) -> bool:
    """Return whether a run's settings differ from the requested ones, apart from the engine and the observers."""
    return any(key.partition(".")[0] not in ("engine", "observers") for key in differences(existing, requested))
