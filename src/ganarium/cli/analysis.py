"""The commands `evaluate`, `compare`, `diagnose`, `trial` and `study`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from ganarium.cli.common import (
    At,
    Exit,
    Json,
    Overwrite,
    RunName,
    Split,
    Weights,
    command_line,
    print_note,
    print_result,
)
from ganarium.cli.options import split_named, step_named, weights_named
from ganarium.core.errors import UsageError
from ganarium.core.escape import shown
from ganarium.core.outputs import format_of, refuse_taken, write_file

FORMATS = ("csv", "json", "png")

Samples = Annotated[
    int, typer.Option("-n", min=100, max=50_000, help="Samples per run; scores are comparable only for equal n.")
]
RunSamples = Annotated[
    int | None,
    typer.Option("-n", min=100, max=50_000, help="Samples to draw (default: 10,000); only for runs."),
]
Features = Annotated[
    Path | None,
    typer.Option(metavar="FILE.onnx", help="Also score with the features of this network; see docs/evaluation.md."),
]


def evaluate(
    run: Annotated[str, typer.Argument(metavar="RUN|FILE|FOLDER", help="A run, or a file or folder of samples.")],
    against: Annotated[
        str | None,
        typer.Option(metavar="DATA", help="Reference data, by name or path; by default, the run's data."),
    ] = None,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[a=b]...", help="Settings of DATA, for example data.size=32.", show_default=False),
    ] = None,
    n: RunSamples = None,
    split: Split = "test",
    controls: Annotated[
        bool, typer.Option("--controls/--no-controls", help="Also score degraded samples (slow the first time).")
    ] = True,
    features: Features = None,
    at: At = None,
    weights: Weights = None,
    json: Json = False,
) -> None:
    """Score samples against held-out real samples, and print the scores of real samples for comparison.

    Example: ganarium evaluate runs/digits --json
    """
    _refuse_ignored(run, against, words or [], {"-n ": n, "--at ": at, "--weights ": weights})
    from ganarium import api
    from ganarium.report.scores import score_lines

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
    print_result(
        {"run": run, "scores": [score.as_dict() for score in scores]}, "\n".join(score_lines(scores)), as_json=json
    )


def _refuse_ignored(run: str, against: str | None, words: list[str], run_options: dict[str, object]) -> None:
    """Raise `UsageError` with the name of the flag if a setting has no effect or --against is missing."""
    from ganarium.api.lookup import refuse_run_options, run_at

    if run_at(run) is None:
        if against is None:
            raise UsageError(f"{run} is not a run; pass the reference data, for example --against mnist")
        refuse_run_options(run, run_options)
    elif words and against is None:
        raise UsageError(
            f"{words[0]!r}: changes the reference data, but a run is scored against its own data by default; leave the "
            "setting out, or add --against DATA"
        )


def compare(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Paths of runs, or names under ./runs.")],
    n: Samples = 10_000,
    split: Split = "test",
    features: Features = None,
    out: Annotated[Path | None, typer.Option(help="Also write the comparison to x.csv, x.json or x.png.")] = None,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Compare runs: mean over seeds, worst seed and significance of differences.

    Runs that differ only in their seed form one group.

    Example: ganarium compare runs/plain-0 runs/plain-1 runs/r1-0 runs/r1-1 --out r1.png
    """
    if out is not None:
        format_of(out, FORMATS)
        refuse_taken(out, overwrite=overwrite)
    elif overwrite:
        raise UsageError("--overwrite: applies only to --out; add --out FILE, or omit --overwrite")
    from ganarium import api
    from ganarium.report.compare import compare_file

    table = api.compare(runs, n=n, split=split_named(split), features=features)
    if out is not None:
        write_file(out, compare_file(table, format_of(out, FORMATS)))
    print_result(table.as_dict(), str(table), as_json=json)


def diagnose(
    run: RunName,
    json: Json = False,
) -> None:
    """Diagnose a run from its log and suggest commands; the run may still be training.

    Example: ganarium diagnose runs/digits
    """
    from ganarium.api.diagnosis import commands_for, diagnosis_lines
    from ganarium.api.diagnosis import diagnose as diagnose_run
    from ganarium.api.lookup import open_run

    opened = open_run(run)
    diagnosis = diagnose_run(opened)
    program = command_line()
    commands = {one.name: [f"{program} {words}" for words in commands_for(one, opened)] for one in diagnosis.findings}
    values = diagnosis.as_dict() | {"run": str(opened)}
    for one in values["findings"]:
        one["remedies"] = commands[one["name"]]
    print_result(values, "\n".join(diagnosis_lines(diagnosis, commands)), as_json=json)


def trial(
    run: RunName,
    at: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Fork at the last available checkpoint at or before this step; by default before the first severe "
            "finding.",
        ),
    ] = None,
    remedies: Annotated[
        str | None,
        typer.Option(
            metavar="A,B+C,...", help="Names or settings; by default, the remedies suggested by the diagnosis."
        ),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Steps to train each fork; by default, up to the last step of the run.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the forks; by default next to the run.")] = None,
    json: Json = False,
) -> None:
    """Try remedies on a run: fork the run with each remedy, train all forks equally long and report which helped.

    If interrupted, repeat the command to continue.

    Example: ganarium trial runs/digits --remedies spectral_norm,r1,objective=hinge+r1
    """
    from ganarium import api
    from ganarium.report.remedy_trial import trial_lines

    named = [] if remedies is None else re.split(r",(?![^\[]*\])", remedies)
    tried = api.trial(run, *named, at=at, steps=steps, out=out)
    text = "\n".join([*trial_lines(tried), f"samples: {shown(Path(tried.picture))}"])
    print_result(tried.as_dict(), text, as_json=json)


def study(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE.toml|FOLDER", help="Recipe, variants, grid and seeds (README.md); or a study."),
    ],
    out: Annotated[Path | None, typer.Option(help="Folder of the study; by default named after the file.")] = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Runs trained in parallel, at most one per core; 0 for one per idle core.")
    ] = 0,
    json: Json = False,
) -> None:
    """Train every variant of a study with every seed, then score and compare all runs.

    If interrupted, repeat the command to continue.

    Example: ganarium study cures.toml
    """
    from ganarium.api.studies import run_study_file
    from ganarium.report.study_progress import StudyProgress

    with StudyProgress() as display:
        done = run_study_file(file, out, workers=workers, show=display.show)
    if done.stopped:
        again = command_line("study", file, *(["--out", out] if out else []))
        print_note(f"stopped and saved; to continue: {again}")
        raise Exit(128 + done.stopped)
    if done.comparison is not None:
        pictures = [f"samples of {group}: {path}" for group, path in done.comparison.pictures.items()]
        print_result(done.comparison.as_dict(), "\n".join([str(done.comparison), *pictures]), as_json=json)
    for line in done.failures:
        print_note(line)
    if done.failed:
        raise Exit(1)
