"""Reports of runs, studies and trials as HTML and PDF files, and plots of curves."""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path

from ganarium.api.evaluation import evaluate as evaluate_samples
from ganarium.api.lookup import Run, open_run
from ganarium.config.plugins import load_installed
from ganarium.core.arguments import some_path
from ganarium.core.errors import GanariumError
from ganarium.core.escape import command, shown
from ganarium.core.outputs import format_of, refuse_taken, write_file
from ganarium.evaluation.recorded_scores import stored_scores
from ganarium.report.document.collection_report import document_of
from ganarium.report.document.curves import figure_file
from ganarium.report.document.render import has_chinese_font, html_of, pdf_of, refuse_without_weasyprint
from ganarium.report.document.targets import Targets, targets_of
from ganarium.report.document.texts import Language, Texts
from ganarium.report.operation_progress import busy
from ganarium.training.torch_defaults import torch_defaults

__all__ = ["CURVE_FORMATS", "Language", "draw_curves", "write_report"]

CURVE_FORMATS = ("png", "svg", "pdf")
NO_FONT = (
    "no font with Chinese characters was found, so they may be missing in the PDF file; install one, for example the "
    "Debian package fonts-noto-cjk"
)


@torch_defaults()
def write_report(
    runs: Run | Path | str | Iterable[Run | Path | str],
    out: Path | str,
    *,
    lang: Language = "en",
    pdf: bool = False,
    evaluate: bool = False,
    overwrite: bool = False,
) -> list[Path]:
    """Write a report of a run, several runs, a study or a trial, and return the paths of the files.

    runs: a run, the folder of a study or of a trial, or a list of these
    out: x.html, one file that loads nothing from elsewhere; or x.pdf, which needs WeasyPrint (`ganarium[pdf]`)
    lang: "en", or "zh" for Chinese
    pdf: whether to write a PDF file next to x.html as well
    evaluate: whether to score runs on test data first, if they have no stored scores with those of degraded samples;
        slow the first time

    The report is made from the files of the runs, which may be running, finished or crashed.
    """
    texts, target = Texts(lang), some_path("out", out)
    kind = format_of(target, ("html", "pdf"))
    files = list(dict.fromkeys([target, *([target.with_suffix(".pdf")] if pdf else [])]))
    for file in files:
        refuse_taken(file, overwrite=overwrite)
    makes_pdf = pdf or kind == "pdf"
    if makes_pdf:
        refuse_without_weasyprint()
    load_installed()
    given = [runs] if isinstance(runs, Run | Path | str) else list(runs)
    targets = targets_of(given)
    if evaluate:
        _evaluate(targets)
    with busy("writing the report"):
        written = command("report", *map(_name, given), "--out", target, *_flags(lang, pdf=pdf))
        html = html_of(document_of(targets, texts.language, written))
        contents = {".pdf": pdf_of(html)} if makes_pdf else {}
    if makes_pdf and lang == "zh" and has_chinese_font() is False:
        logging.getLogger("ganarium").warning(NO_FONT)
    for file in files:
        write_file(file, contents.get(file.suffix.lower(), html.encode()))
    return files


def draw_curves(run: Run | Path | str, out: Path, what: Sequence[str] = (), *, overwrite: bool = False) -> None:
    """Plot the curves of a run to x.png, x.svg or x.pdf.

    what: any of "losses", "scores", "histograms" and "gradients"; by default all that are recorded
    """
    kind = format_of(out, CURVE_FORMATS)
    refuse_taken(out, overwrite=overwrite)
    from ganarium.runs.views import WHAT, curves_of

    write_file(out, figure_file(curves_of(open_run(run), what or WHAT), kind))


def _evaluate(targets: Targets) -> None:
    """Score the runs that have no stored test scores with controls; warn of runs that cannot be scored."""
    for run in targets.runs:
        newest = max(run.checkpoint_steps(), default=0)
        stored = [one for one in stored_scores(run) if one.step == newest]
        if any(score.controls for one in stored for score in one.scores):
            continue
        try:
            evaluate_samples(run, controls=True)
        except GanariumError as error:
            logging.getLogger("ganarium").warning("%s cannot be scored: %s", run, error)


def _name(run: Run | Path | str) -> str:
    return shown(run.path) if isinstance(run, Run) else str(run)


def _flags(lang: str, *, pdf: bool) -> list[str]:
    return [*(["--lang", lang] if lang != "en" else []), *(["--pdf"] if pdf else [])]
