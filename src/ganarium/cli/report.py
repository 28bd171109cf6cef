"""The commands `report` and `plot`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ganarium.cli.common import Json, Overwrite, RunName, print_result
from ganarium.cli.options import known

WHAT = ("losses", "scores", "histograms", "gradients")


def report(
    runs: Annotated[
        list[str],
        typer.Argument(metavar="RUN|FOLDER...", help="Runs, and folders of studies or trials."),
    ],
    out: Annotated[Path, typer.Option(help="x.html: one file that loads nothing; x.pdf: needs WeasyPrint.")] = Path(
        "report.html"
    ),
    pdf: Annotated[bool, typer.Option("--pdf", help="Also write x.pdf next to x.html.")] = False,
    lang: Annotated[str, typer.Option(metavar="en|zh", help="Language of the report: English or Chinese.")] = "en",
    evaluate: Annotated[
        bool, typer.Option("--evaluate", help="First score runs without stored test scores (slow the first time).")
    ] = False,
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Write a report: data, networks, settings, curves, samples, scores, diagnosis, citations and commands.

    Several runs, or a study, are compared as well.

    Example: ganarium report runs/digits --out digits.html --lang zh
    """
    language: Any = known("language", lang, ("en", "zh"))
    from ganarium.api.report import write_report

    files = write_report(runs, out, lang=language, pdf=pdf, evaluate=evaluate, overwrite=overwrite)
    print_result({"files": list(map(str, files))}, "\n".join(f"report: {file}" for file in files), as_json=json)


def plot(
    run: RunName,
    out: Annotated[Path, typer.Option(help="x.svg or x.pdf: vector graphics; x.png: an image.")] = Path("curves.png"),
    what: Annotated[
        str, typer.Option(metavar="A,B,...", help=f"Curves: {', '.join(WHAT)}; by default all that are recorded.")
    ] = "",
    overwrite: Overwrite = False,
    json: Json = False,
) -> None:
    """Plot the curves of a run for a paper: losses, scores, D(x) and D(G(z)), gradient norms.

    Example: ganarium plot runs/digits --what losses,histograms --out curves.svg
    """
    chosen = [known("curves", name.strip(), WHAT) for name in what.split(",")] if what.strip() else []
    from ganarium.api.report import draw_curves

    draw_curves(run, out, chosen, overwrite=overwrite)
    print_result({"out": str(out)}, f"curves: {out}", as_json=json)
