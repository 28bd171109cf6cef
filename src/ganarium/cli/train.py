"""Verbs that train: train, resume, fork."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganarium.cli.console import Ended, Json, Overwrite, Words, program, result, tell
from ganarium.core.signals import caught_signals
from ganarium.report.busy import busy

if TYPE_CHECKING:
    from ganarium.judgement.diagnosis.diagnose import Found
    from ganarium.runs.directory import Run

Out = Annotated[Path | None, typer.Option(help="The run's directory; a new one under ./runs by default.")]
Device = Annotated[str | None, typer.Option(help="auto, cpu, cuda or cuda:N; short for engine.device=…")]


def train(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE|FILE.toml", help="See `ganarium recipes`.")],
    words: Words = None,
    out: Out = None,
    device: Device = None,
    overwrite: Overwrite = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, write nothing.")] = False,
    json: Json = False,
) -> None:
    """Train a recipe.

    Example: ganarium train digits train.seconds=60 --out runs/first
    """
    from ganarium.api import plan
    from ganarium.core.errors import UsageError
    from ganarium.training.start import begin, refuse_out, resolved

    said = words or []
    if device and any(word.startswith("engine.device=") for word in said):
        raise UsageError(f"--device {device}: engine.device is given as well, which means the same; leave one out")
    experiment = plan(recipe, [*said, *([f"engine.device={device}"] if device else [])])
    refuse_out(out, overwrite=overwrite)
    if dry_run:
        from ganarium.core.words import plain, to_toml

        with busy("preparing"):
            settled, _ = resolved(experiment)
        result(
            plain(settled),
            to_toml(plain(settled)) + "\n# nothing was written: this was a dry run",
            as_json=json,
        )
        return
    with busy("preparing"):
        run = begin(experiment, out, overwrite=overwrite)
    _train_on(run, as_json=json)


def resume(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A path, or a name under ./runs.")],
    words: Words = None,
    steps: Annotated[int | None, typer.Option(min=1, help="The new total of steps.")] = None,
    json: Json = False,
) -> None:
    """Go on exactly where a run was.

    Example: ganarium resume runs/digits --steps 20000
    """
    from ganarium.api import extended
    from ganarium.core.errors import UsageError
    from ganarium.runs.directory import find_run

    found = find_run(run)
    if words:
        raise UsageError(
            f"{words[0]!r}: resume changes nothing but --steps; for changes: ganarium fork {run} --at STEP {words[0]}"
        )
    _train_on(found if steps is None else extended(found, steps), as_json=json)


def fork(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A path, or a name under ./runs.")],
    at: Annotated[int, typer.Option(min=0, help="Go on from the nearest kept checkpoint at or before this step.")],
    words: Words = None,
    out: Out = None,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Go on from an earlier step of a run, with changes, in a run of its own.

    Example: ganarium fork runs/digits --at 5000 remedies.r1.gamma=1 train.steps=8000
    """
    from ganarium.core.words import differences, override
    from ganarium.runs.directory import find_run
    from ganarium.training import start

    parent = find_run(run)
    experiment = override(parent.experiment, words or [])
    with busy("preparing"):
        child, step = start.fork(parent, at, experiment, out, overwrite=overwrite)
    tell(f"forked from {parent.path} at step {step:,}")
    for key, (old, new) in differences(parent.experiment, child.experiment).items():
        tell(f"  {key}: {old} → {new}")
    _train_on(child, as_json=json)


def _train_on(run: Run, *, as_json: bool) -> None:
    from ganarium.api import diagnose, follow
    from ganarium.report.progress import Progress

    with caught_signals() as caught, Progress(run) as progress, closing(follow(run, lambda: bool(caught))) as lines:
        for line in lines:
            progress.show(line)
        summary = progress.summary()
    if caught and not progress.finished:
        tell(f"stopped at step {progress.step:,}, all is saved; go on with: {program()} resume {run.path}")
        if as_json:
            result(summary, "", as_json=True)
        raise Ended(128 + caught[0])
    findings = diagnose(run).findings
    summary["diagnosis"] = [found.label for found in findings]
    result(summary, _farewell(run, summary, findings), as_json=as_json)


def _farewell(run: Run, summary: dict[str, Any], findings: Sequence[Found]) -> str:
    lines = [f"{run.path}: {summary['step']:,} steps in {summary['seconds']:.0f} s"]
    for score in summary["scores"]:
        floor = "" if score["floor"] is None else f"   (real pictures: {score['floor']:.4g})"
        lines.append(f"  {score['name']:<32} {score['value']:.4g}{floor}")
    lines += [f"diagnosis: {found.title}: {found.text}" for found in findings] or ["diagnosis: too early to say"]
    lines += [f"picture: {run.path / summary['sample']}", "next:"]
    lines += [
        f"  {program()} {verb} {run.path} {words}".rstrip()
        for verb, words in [*_worries(findings), *_uses(run, summary)]
    ]
    lines += [f"  {program()} show {run.path}", f"  {program('tensorboard')} --logdir {run.tensorboard}"]
    return "\n".join(lines)


def _worries(findings: Sequence[Found]) -> list[tuple[str, str]]:
    """The verb that says more, where something is wrong or may be."""
    return [("diagnose", "")] if any(found.grave or found.would_be for found in findings) else []


def _uses(run: Run, summary: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the verbs that use what a run has learned, and their words; `evaluate` only if it can be scored."""
    picture = f"--out {run.path.name}.png"
    scored = [("evaluate", "")] if summary["scores"] else []
    if run.experiment.game.translates:
        return [("translate", f"-n 32 {picture}"), *scored]
    if len(run.birth.shape) == 1:
        return [("sample", f"-n 2000 {picture}"), *scored]
    return [("sample", f"-n 64 {picture}"), ("interpolate", f"--out {run.path.name}.gif"), *scored]
