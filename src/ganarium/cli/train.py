"""The commands `train`, `resume` and `fork`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ganarium.cli.common import Exit, Json, Overwrite, RunName, Words, command_line, print_note, print_result
from ganarium.core.errors import UsageError
from ganarium.core.escape import shown

if TYPE_CHECKING:
    from ganarium.api.diagnosis import DiagnosedFinding
    from ganarium.api.lookup import Run

Out = Annotated[Path | None, typer.Option(help="Directory of the run; by default a new directory under ./runs.")]
Device = Annotated[str | None, typer.Option(help="auto, cpu, cuda or cuda:N; short for engine.device=…")]


def train(
    recipe: Annotated[str, typer.Argument(metavar="RECIPE|FILE.toml", help="See `ganarium recipes` for recipes.")],
    words: Words = None,
    out: Out = None,
    device: Device = None,
    overwrite: Overwrite = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check all settings without writing files.")] = False,
    json: Json = False,
) -> None:
    """Train a recipe.

    Example: ganarium train digits train.seconds=60 --out runs/first
    """
    from ganarium.api.lookup import plan

    said = words or []
    if device and any(word.startswith("engine.device=") for word in said):
        raise UsageError(f"--device {device}: engine.device=… also sets the device; leave out one of the two")
    experiment = plan(recipe, [*said, *([f"engine.device={device}"] if device else [])])
    if dry_run:
        from ganarium.api.training import resolve
        from ganarium.config.overrides import plain, to_toml

        values = plain(resolve(experiment, out=out, overwrite=overwrite))
        print_result(values, "\n".join([to_toml(values), *_dry_run_notes(values)]), as_json=json)
        return
    from ganarium.api.training import prepare_training

    _follow(prepare_training(experiment, out=out, overwrite=overwrite).create, as_json=json)


def resume(
    run: RunName,
    words: Words = None,
    steps: Annotated[int | None, typer.Option(min=1, help="New total number of steps.")] = None,
    json: Json = False,
) -> None:
    """Resume a run exactly where it stopped.

    If the data have moved, pass their new location, for example data.folder=NEW; their content is verified. Observers
    can be added or removed, for example observers.csv=true.

    Example: ganarium resume runs/digits --steps 20000
    """
    from ganarium.api.training import prepare_resumption

    resumption = prepare_resumption(run, *(words or ()), steps=steps)
    resumed = resumption.run
    if any(word.startswith("data.") for word in words or ()):
        print_note(f"{resumed}: the data are now read from {getattr(resumed.experiment.data, 'place', '')}")
    if resumption.complete:
        print_result({"run": str(resumed), "finished": True}, f"{resumed}: finished; nothing to train", as_json=json)
        return
    _follow(lambda: resumed, as_json=json)


def fork(
    run: RunName,
    at: Annotated[int, typer.Option(min=0, help="Continue from the last available checkpoint up to this step.")],
    words: Words = None,
    out: Out = None,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Train a new run, with changed settings, from an earlier step of a run.

    Example: ganarium fork runs/digits --at 5000 remedies.r1.gamma=1 train.steps=8000
    """
    from ganarium.api.lookup import open_run
    from ganarium.api.training import prepare_fork
    from ganarium.config.overrides import differences

    parent = open_run(run)
    planned = prepare_fork(parent, at, *(words or ()), out=out, overwrite=overwrite)
    print_note(f"forked from {parent} at step {planned.step:,}")
    for key, (old, new) in differences(parent.experiment, planned.experiment).items():
        print_note(f"  {key}: {old} → {new}")
    _follow(planned.create, as_json=json)


def _dry_run_notes(values: dict[str, Any]) -> list[str]:
    """Return the closing lines of a dry run, as TOML comments."""
    open_still = [f"engine.{name}" for name in ("kernels", "compile") if values["engine"][name] == "auto"]
    chosen = [f"# {' and '.join(open_still)}: chosen by benchmark when training begins"] if open_still else []
    return [*chosen, "# dry run: nothing was written"]


def _follow(create_run: Callable[[], Run], *, as_json: bool) -> None:
    """Train a run with progress on stderr and print the result; exit with 128 + n if stopped by signal n."""
    from ganarium.api.diagnosis import diagnose
    from ganarium.report.follow_training import follow

    followed = follow(create_run, lambda run: command_line("resume", run))
    summary = followed.progress.summary()
    if not followed.stopped:
        findings = diagnose(followed.run).findings
        summary["diagnosis"] = [finding.label for finding in findings]
        print_result(summary, _summary_text(followed.run, summary, findings), as_json=as_json)
        return
    if as_json:
        print_result(summary, "", as_json=True)
    raise Exit(128 + followed.stopped)


def _summary_text(run: Run, summary: dict[str, Any], findings: Sequence[DiagnosedFinding]) -> str:
    """Return the scores, losses, diagnosis and suggested next commands of a trained run as text."""
    from ganarium.report.loss_summary import loss_lines

    lines = [f"{run}: {summary['step']:,} steps in {summary['seconds']:.0f} s"]
    width = max((len(score["name"]) for score in summary["scores"]), default=0)
    for score in summary["scores"]:
        floor = "" if score["floor"] is None else f"(real data: {score['floor']:.4g})"
        lines.append(f"  {score['name']:<{width}}  {score['value']:<10.4g}{floor}".rstrip())
    if losses := run.losses():
        lines += loss_lines(losses)
    lines += [f"diagnosis: {found.title}: {found.text}" for found in findings] or ["diagnosis: too early to say"]
    lines += [f"samples: {shown(run.path / summary['sample'])}", "next:"]
    commands = [command_line(*words) for words in _next_commands(run, summary, findings)]
    commands.append(command_line("--logdir", shown(run.tensorboard), program="tensorboard"))
    return "\n".join([*lines, *(f"  {command}" for command in commands)])


def _next_commands(run: Run, summary: dict[str, Any], findings: Sequence[DiagnosedFinding]) -> list[list[object]]:
    """Return the arguments of suggested commands for a trained run; `evaluate` only if the run has scores."""
    commands: list[list[object]] = []
    if any(found.severe or found.would_be for found in findings):
        commands.append(["diagnose", run])
    image = ["--out", f"{run.path.name}.png"]
    if run.experiment.game.translates:
        commands.append(["translate", run, "-n", "32", *image])
    elif len(run.provenance.shape) == 1:
        commands.append(["sample", run, "-n", "2000", *image])
    else:
        commands.append(["sample", run, "-n", "64", *image])
        commands.append(["interpolate", run, "--out", f"{run.path.name}.gif"])
    if summary["scores"]:
        commands.append(["evaluate", run])
    report = ["report", run, "--out", f"{run.path.name}.html"]
    return [*commands, ["show", run], report, ["watch", shown(run.path.parent)]]
