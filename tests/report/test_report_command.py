"""`ganarium report` and `ganarium plot`: files, formats, and one clear line for every mistake."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import ganarium as library
from ganarium.core.errors import UnknownNameError
from ganarium.report.document import render
from ganarium.runs.directory import EVENTS, Run

from .pages import checked

pytestmark = pytest.mark.slow


def test_the_command_writes_one_file(trained: Path, tmp_path: Path, ganarium):
    said = ganarium("report", trained / "plane", "--lang", "zh", "--json", folder=tmp_path)
    assert said.status == 0, said.stderr
    assert json.loads(said.stdout) == {"files": ["report.html"]}
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    html = (tmp_path / "report.html").read_text("utf-8")
    assert f"ganarium report {trained / 'plane'} --out report.html --lang zh" in checked(html).text
    again = ganarium("report", trained / "plane", folder=tmp_path)
    assert again.status == 2
    assert "already exists" in again.stderr


def test_a_report_never_changes_a_run(trained: Path, tmp_path: Path):
    def content() -> dict[str, bytes]:
        files = (file for file in (trained / "classes").rglob("*") if file.is_file())
        return {str(file): file.read_bytes() for file in files if file.name != "lock"}

    before = content()
    library.write_report(trained / "classes", tmp_path / "x.html")
    assert content() == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nowhere",), "no run at that path"),
        (("PLANE", "--out", "x.docx"), "cannot write this format"),
        (("PLANE", "--lang", "fr"), "no language named 'fr'"),
        (("PLANE", "--out", "."), "cannot write this format"),
        ((".",), "neither a run, nor a study"),
    ],
)
def test_a_mistake_is_answered_in_one_line(
    trained: Path, tmp_path: Path, ganarium, words: tuple[str, ...], message: str
):
    named = [str(trained / "plane") if word == "PLANE" else word for word in words]
    said = ganarium("report", *named, folder=tmp_path)
    assert said.status == 2
    assert message in said.stderr
    assert said.stderr.count("\n") == 1
    assert not [*tmp_path.iterdir()]


def test_evaluate_scores_a_run_once_and_stores_the_scores(copy: Callable[..., Path], tmp_path: Path):
    path = copy("plane")
    library.write_report(path, tmp_path / "x.html", evaluate=True)
    (stored,) = (path / "scores").iterdir()
    written = stored.stat().st_mtime_ns
    library.write_report(path, tmp_path / "y.html", evaluate=True)
    assert stored.stat().st_mtime_ns == written
    text = checked((tmp_path / "x.html").read_text("utf-8")).text
    assert "Scores of samples with known faults (controls)" in text
    assert "was not scored on the test split" not in text
    assert library.compare([path])["sliced"].floor is not None
    assert [*(path / "scores").iterdir()] == [stored]


def test_a_pdf_file_is_written_with_embedded_pictures_and_fonts(trained: Path, tmp_path: Path):
    pytest.importorskip("weasyprint")
    files = library.write_report(trained / "classes", tmp_path / "x.html", lang="zh", pdf=True)
    assert [file.name for file in files] == ["x.html", "x.pdf"]
    written = files[1].read_bytes()
    assert written.startswith(b"%PDF")
    assert b"/FontFile" in written or b"/ObjStm" in written
    library.write_report(trained / "plane", tmp_path / "only.pdf")
    assert (tmp_path / "only.pdf").read_bytes().startswith(b"%PDF")


def test_without_weasyprint_a_pdf_is_refused_before_anything_is_written(trained: Path, tmp_path: Path):
    code = (
        "import sys; sys.modules['weasyprint'] = None; sys.argv = ['ganarium', 'report', sys.argv[1], '--pdf'];"
        "from ganarium.cli.main import main; main()"
    )
    command = [sys.executable, "-c", code, str(trained / "plane")]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert ended.returncode == 2
    assert "pip install 'ganarium[pdf]'" in ended.stderr
    assert not [*tmp_path.iterdir()]


def test_a_missing_chinese_font_is_said(trained: Path, tmp_path: Path, monkeypatch, caplog):
    pytest.importorskip("weasyprint")
    (tmp_path / "fc-list").write_text("#!/bin/sh\n")
    (tmp_path / "fc-list").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert render.has_chinese_font() is False
    library.write_report(trained / "plane", tmp_path / "x.pdf", lang="zh")
    assert "no font with Chinese characters" in caplog.text
    monkeypatch.setenv("PATH", "")
    assert render.has_chinese_font() is None


def test_curves_are_plotted_as_pixels_and_as_vectors(trained: Path, tmp_path: Path, ganarium):
    run = trained / "plane"
    for out in ("x.png", "x.svg", "x.pdf"):
        for words in (("--what", "losses,gradients"), ("--overwrite",)):
            said = ganarium("plot", run, "--out", out, *words, folder=tmp_path)
            assert said.status == 0, said.stderr
    assert (tmp_path / "x.svg").read_text().count("<svg") == 1
    assert (tmp_path / "x.pdf").read_bytes().startswith(b"%PDF")
    with Image.open(tmp_path / "x.png") as image:
        assert image.width > 600


def test_the_same_run_gives_the_same_vector_file(trained: Path, tmp_path: Path, ganarium):
    for out in ("a.svg", "b.svg"):
        assert ganarium("plot", trained / "plane", "--out", out, folder=tmp_path).status == 0
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_wrong_and_missing_curves_are_named(trained: Path, copy: Callable[..., Path], tmp_path: Path, ganarium):
    said = ganarium("plot", trained / "plane", "--what", "losss", folder=tmp_path)
    assert said.status == 2
    assert "did you mean losses?" in said.stderr
    path = copy("plane")
    (path / EVENTS).write_bytes(b"")
    said = ganarium("plot", path, folder=tmp_path)
    assert said.status == 2
    assert "has recorded no" in said.stderr


def test_a_run_plots_the_curves_that_are_named(trained: Path):
    run = Run.open(trained / "plane")
    titles = [axes.get_title(loc="left") for axes in run.plot("histograms", "losses").axes]
    assert titles == ["loss", "D(x)", "D(G(z))"]
    with pytest.raises(UnknownNameError):
        run.plot("loss")
    figure = run.plot("losses")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    assert np.asarray(Image.open(buffer)).std() > 0
