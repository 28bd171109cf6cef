"""The commands `train`, `resume` and `fork`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganarium.cli.console import Ended, Json, Overwrite, Words, command_line, result, tell
from ganarium.core.escape import shown
from ganarium.report.busy import busy

if TYPE_CHECKING:
    from ganarium.config.experiment import Experiment
    from ganarium.diagnosis.diagnose import DiagnosedFinding
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
    from ganarium.training.create import planned, refuse_out, resolved

    said = words or []
    if device and any(word.startswith("engine.device=") for word in said):
        raise UsageError(f"--device {device}: engine.device is given as well, which means the same; leave one out")
    experiment = plan(recipe, [*said, *([f"engine.device={device}"] if device else [])])
    refuse_out(out, overwrite=overwrite)
    if dry_run:
        from ganarium.config.overrides import plain, to_toml

        with busy("preparing"):
            settled, _ = resolved(experiment, by_trial=False)
        result(plain(settled), "\n".join([to_toml(plain(settled)), *_left_open(settled)]), as_json=json)
        return
    with busy("preparing"):
        plan_of_run = planned(experiment, out, overwrite=overwrite)
    _train_on(plan_of_run.create, as_json=json)


def resume(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A path, or a name under ./runs.")],
    words: Words = None,
    steps: Annotated[int | None, typer.Option(min=1, help="The new total of steps.")] = None,
    json: Json = False,
) -> None:
    """Resume a run exactly where it stopped.

    If the data have moved, give their new location, for example data.folder=NEW; their content is verified.

    Example: ganarium resume runs/digits --steps 20000
    """
    from ganarium.runs.directory import find_run
    from ganarium.runs.events import ended
    from ganarium.training.resume import continued

    found = find_run(run)
    with busy("loading data"):
        continued(found, words or [], steps)
    if words:
        tell(f"{found}: its data are now read from {getattr(found.experiment.data, 'place', '')}")
        if steps is None and ended(found.events()) == "finished":
            result({"run": str(found), "finished": True}, f"{found}: finished; nothing to train", as_json=json)
            return
    _train_on(lambda: found, as_json=json)


def fork(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A path, or a name under ./runs.")],
    at: Annotated[int, typer.Option(min=0, help="Go on from the nearest kept checkpoint at or before this step.")],
    words: Words = None,
    out: Out = None,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Train a new run, with changed settings, from an earlier step of a run.

    Example: ganarium fork runs/digits --at 5000 remedies.r1.gamma=1 train.steps=8000
    """
    from ganarium.config.overrides import differences, override
    from ganarium.runs.directory import find_run
    from ganarium.training import create

    parent = find_run(run)
    experiment = override(parent.experiment, words or [])
    with busy("preparing"):
        plan = create.planned_fork(parent, at, experiment, out, overwrite=overwrite)
    tell(f"forked from {parent} at step {plan.step:,}")
    for key, (old, new) in differences(parent.experiment, plan.experiment).items():
        tell(f"  {key}: {old} → {new}")
    _train_on(plan.create, as_json=json)


def _left_open(settled: Experiment) -> list[str]:
    """Return the closing lines of a dry run."""
    open_still = [f"engine.{name}" for name in ("kernels", "compile") if getattr(settled.engine, name) == "auto"]
    chosen = [f"# {' and '.join(open_still)}: chosen by trial when training begins"] if open_still else []
    return [*chosen, "# nothing was written: this was a dry run"]


def _train_on(make: Callable[[], Run], *, as_json: bool) -> None:
    from ganarium.api import diagnose
    from ganarium.report.follow import attend

    trained = attend(make, lambda run: command_line("resume", run))
    summary = trained.progress.summary()
    if not trained.stopped:
        findings = diagnose(trained.run).findings
        summary["diagnosis"] = [found.label for found in findings]
        result(summary, _farewell(trained.run, summary, findings), as_json=as_json)
        return
    if as_json:
        result(summary, "", as_json=True)
    raise Ended(128 + trained.stopped)


def _farewell(run: Run, summary: dict[str, Any], findings: Sequence[DiagnosedFinding]) -> str:
    from ganarium.report.losses import loss_lines

    lines = [f"{run}: {summary['step']:,} steps in {summary['seconds']:.0f} s"]
    for score in summary["scores"]:
        floor = "" if score["floor"] is None else f"   (real pictures: {score['floor']:.4g})"
        lines.append(f"  {score['name']:<32} {score['value']:.4g}{floor}")
    if losses := run.losses():
        lines += loss_lines(losses)
    lines += [f"diagnosis: {found.title}: {found.text}" for found in findings] or ["diagnosis: too early to say"]
    lines += [f"picture: {shown(run.path / summary['sample'])}", "next:"]
    commands = [command_line(verb, run, *words) for verb, *words in [*_worries(findings), *_uses(run, summary)]]
    commands += [command_line("show", run), command_line("--logdir", shown(run.tensorboard), program="tensorboard")]
    return "\n".join([*lines, *(f"  {one}" for one in commands)])


def _worries(findings: Sequence[DiagnosedFinding]) -> list[list[str]]:
    """Return the `diagnose` command if a finding is a fault or a possible fault."""
    return [["diagnose"]] if any(found.severe or found.would_be for found in findings) else []


def _uses(run: Run, summary: dict[str, Any]) -> list[list[str]]:
    """Return the commands that use a trained run, with their arguments; `evaluate` only if the run can be scored."""
    picture = ["--out", f"{run.path.name}.png"]
    scored = [["evaluate"]] if summary["scores"] else []
    if run.experiment.game.translates:
        return [["translate", "-n", "32", *picture], *scored]
    if len(run.provenance.shape) == 1:
        return [["sample", "-n", "2000", *picture], *scored]
    return [["sample", "-n", "64", *picture], ["interpolate", "--out", f"{run.path.name}.gif"], *scored]
