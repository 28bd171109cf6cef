"""The commands `evaluate`, `compare`, `diagnose`, `trial` and `study`."""

from __future__ import annotations

import json as json_of
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganarium.cli.console import (
    At,
    Ended,
    Json,
    Overwrite,
    RunName,
    Split,
    Weights,
    command_line,
    result,
    tell,
)
from ganarium.cli.options import split_named, step_named, weights_named
from ganarium.core.escape import shown
from ganarium.core.outputs import format_of, refuse_blocked, refuse_file_name, refuse_taken, write_file
from ganarium.report.busy import busy

if TYPE_CHECKING:
    from ganarium.studies.compare import Comparison

FORMATS = ("csv", "json", "png")

Samples = Annotated[
    int, typer.Option("-n", min=100, max=50_000, help="Samples of a run; only scores of equal n compare.")
]
OwnSamples = Annotated[
    int | None, typer.Option("-n", min=100, max=50_000, help="Samples of a run, 10,000 by default; not of files.")
]
Features = Annotated[
    Path | None, typer.Option(metavar="FILE.onnx", help="Measure features by this network of yours as well: see docs.")
]


def evaluate(
    run: Annotated[str, typer.Argument(metavar="RUN|FILE|FOLDER", help="A run, or pictures or points from anywhere.")],
    against: Annotated[
        str | None, typer.Option(metavar="DATA", help="The data's name or path; of a run, its own by default.")
    ] = None,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[a=b]...", help="Settings of DATA, as data.size=32.", show_default=False),
    ] = None,
    n: OwnSamples = None,
    split: Split = "test",
    controls: Annotated[
        bool, typer.Option("--controls/--no-controls", help="What spoilt samples get for each score; slow at first.")
    ] = True,
    features: Features = None,
    at: At = None,
    weights: Weights = None,
    json: Json = False,
) -> None:
    """Score samples against held-out real ones; each score comes with the score of real samples.

    Example: ganarium evaluate runs/digits --json
    """
    from ganarium import api
    from ganarium.report.scores import score_lines

    with busy(f"scoring {run}"):
        scores = api.evaluate(
            run,
            against=against,
            words=words or (),
            n=n,
            split=split_named(split),
            controls=controls,
            features=features,
            at=step_named(at),
            weights=weights_named(weights),
        )
    result({"run": run, "scores": [score.as_dict() for score in scores]}, "\n".join(score_lines(scores)), as_json=json)


def compare(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Paths, or names under ./runs.")],
    n: Samples = 10_000,
    split: Split = "test",
    features: Features = None,
    out: Annotated[Path | None, typer.Option(help="x.csv, x.json or x.png: the comparison as a file.")] = None,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Compare runs: means over seeds, the worst seed, and which differences are not significant.

    Runs that differ only in their seed form one group.

    Example: ganarium compare runs/plain-0 runs/plain-1 runs/r1-0 runs/r1-1 --out r1.png
    """
    from ganarium import api
    from ganarium.core.errors import UsageError

    if out is not None:
        format_of(out, FORMATS)
        refuse_taken(out, overwrite=overwrite)
    elif overwrite:
        raise UsageError("--overwrite: there is no file to replace; add --out FILE, or leave it out")
    _show(api.compare(runs, n=n, split=split_named(split), features=features), out, as_json=json)


def diagnose(
    run: RunName,
    json: Json = False,
) -> None:
    """Diagnose a run from its log and suggest commands; the run may still be training.

    Example: ganarium diagnose runs/digits
    """
    from ganarium.diagnosis.advice import commands_for
    from ganarium.diagnosis.diagnose import diagnose_run
    from ganarium.report.diagnosis import diagnosis_lines
    from ganarium.runs.directory import find_run

    found = find_run(run)
    diagnosis = diagnose_run(found)
    start = command_line()
    commands = {one.name: [f"{start} {words}" for words in commands_for(one, found)] for one in diagnosis.findings}
    values = diagnosis.as_dict() | {"run": str(found)}
    for one in values["findings"]:
        one["remedies"] = commands[one["name"]]
    result(values, "\n".join(diagnosis_lines(diagnosis, commands)), as_json=json)


def trial(
    run: RunName,
    at: Annotated[
        int | None,
        typer.Option(
            min=0, help="Fork at the nearest kept checkpoint at or before this; before what the doctor found."
        ),
    ] = None,
    remedies: Annotated[
        str | None, typer.Option(metavar="A,B+C,...", help="Names or settings; what the doctor advises, or is usual.")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps of each fork; as many as the run made since.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the forks; beside the run by default.")] = None,
    json: Json = False,
) -> None:
    """Try remedies on a run: fork it with each from one checkpoint, train all forks alike and report which helped.

    If it is killed, run it again to continue with the rest.

    Example: ganarium trial runs/digits --remedies spectral_norm,r1,objective=hinge+r1
    """
    from ganarium import api
    from ganarium.report.trial import trial_lines

    asked = [] if remedies is None else re.split(r",(?![^\[]*\])", remedies)
    tried = api.trial(run, *asked, at=at, steps=steps, out=out)
    text = "\n".join([*trial_lines(tried), f"picture: {shown(Path(tried.picture))}"])
    result(tried.as_dict(), text, as_json=json)


def study(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="Recipe, treatments, grid, seeds: see docs.")],
    out: Annotated[Path | None, typer.Option(help="Its folder; that of the file's name by default.")] = None,
    workers: Annotated[int, typer.Option(min=0, help="Trainings at once; 0 for as many as cores are idle.")] = 0,
    json: Json = False,
) -> None:
    """Train every treatment with every seed, score all alike and compare; if killed, run it again to continue.

    Example: ganarium study cures.toml
    """
    from ganarium.core.interrupts import caught_signals
    from ganarium.report.study import StudyProgress
    from ganarium.studies.compare import compare
    from ganarium.studies.pool import ProcessPool
    from ganarium.studies.score_checks import refuse_inconsistent
    from ganarium.studies.study import StudyFolder, read_study, refuse_incompatible, runs_of
    from ganarium.training.device import idle_cores, usable_cores

    if out is not None:
        refuse_file_name(out)
        refuse_blocked(out)
    planned, home = read_study(file), StudyFolder(out or file.with_suffix(""))
    runs = runs_of(planned)
    with busy("trying whether all can be trained"):
        refuse_inconsistent(runs, home, planned.n, planned.split)
        refuse_incompatible(run for run in runs if not home.result_path(run).exists())
    if workers > usable_cores():
        tell(f"--workers {workers}: more at once than there are cores is never faster, so it is {usable_cores()}")
    workers = min(workers, usable_cores()) or idle_cores()
    with caught_signals() as caught, StudyProgress() as board:
        for statuses in ProcessPool(workers).train(file, runs, home, lambda: bool(caught)):
            board.show(statuses)
    if caught:
        again = command_line("study", file, *(["--out", out] if out else []))
        tell(f"stopped, all is saved; go on with: {again}")
        raise Ended(128 + caught[0])
    trained = [scored for scored in map(home.scored_run, runs) if scored]
    if trained:
        _show(compare(trained), None, as_json=json)
    failed = [status for status in statuses if status.state == "failed"]
    for status in failed:
        tell(f"failed: {status.run.name}: {status.reason} (full output in {home.log_path(status.run)})")
    if failed:
        raise Ended(1)


def _show(table: Comparison, out: Path | None, *, as_json: bool) -> None:
    from ganarium.plotting.figures import comparison
    from ganarium.plotting.pictures import png
    from ganarium.report.compare import compare_csv, compare_lines

    kind = "" if out is None else format_of(out, FORMATS)
    data = b""
    if kind == "csv":
        data = compare_csv(table).encode()
    elif kind == "json":
        data = json_of.dumps(table.as_dict(), indent=1).encode()
    elif kind == "png":
        panels = {row.name: (row.floor, {g: e.values for g, e in row.entries.items()}) for row in table.rows}
        data = png(comparison(panels))
    if out is not None:
        write_file(out, data)
    result(table.as_dict(), "\n".join(compare_lines(table)), as_json=as_json)
