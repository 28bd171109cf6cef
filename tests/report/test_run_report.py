"""The report of one run: every kind of data, every state, damaged files, untrusted names."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import ganarium
from ganarium.core.errors import InputError, UsageError
from ganarium.evaluation.recorded_scores import StoredScores, stored_scores
from ganarium.evaluation.score import Score
from ganarium.report.document.run_report import run_document
from ganarium.report.document.run_view import RunView
from ganarium.report.document.targets import targets_of
from ganarium.report.document.texts import ALL, Texts
from ganarium.runs.directory import EVENTS, EXPERIMENT, Run
from ganarium.runs.events import Finding, Line

from .pages import checked, report_of

pytestmark = pytest.mark.slow

EARLIER = Path(__file__).parents[1] / "runs" / "earlier"
Copy = Callable[..., Path]
SECTIONS = ("Question and data", "Networks", "Settings", "Course of training", "Samples", "Scores", "Diagnosis")
SECTIONS += ("Time, machine and engine", "What was not measured", "Citations", "Reproduction")


@pytest.mark.parametrize("name", ["classes", "plane", "pairs"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_report_is_valid_html_that_loads_nothing_and_is_the_same_each_time(trained: Path, name: str, lang: str):
    html = report_of(trained / name, lang=lang)
    page = checked(html)
    assert len(html) < 3_000_000
    assert html == report_of(trained / name, lang=lang)
    assert page.named("html")[0]["lang"] == ("zh-Hans" if lang == "zh" else "en")


def test_the_sections_come_in_their_order(trained: Path):
    document = run_document(Run.open(trained / "classes"), "en")
    assert tuple(section.title for section in document.sections) == SECTIONS
    assert 2 <= len(document.summary) <= 4


def test_a_report_shows_layers_classes_ten_digits_and_the_command(trained: Path):
    html = report_of(trained / "classes")
    page = checked(html)
    alts = [image["alt"] or "" for image in page.named("img")]
    assert sum("of ten, black on white" in alt for alt in alts) == 10
    assert sum("samples of class" in alt for alt in alts) == 10
    assert sum("fixed latents" in alt for alt in alts) >= 4
    assert "trainable parameters" in page.text
    assert "ganarium train dense-digits" in page.text
    assert "@inproceedings{goodfellow2014gan" in page.text
    assert "was not scored on the test split" in page.text
    assert f"ganarium evaluate {trained / 'classes'}" in page.text


def test_a_chinese_report_contains_no_english_sentence_of_its_own(trained: Path):
    text = checked(report_of(trained / "classes", lang="zh")).text
    fixed = {
        english
        for key, (english, chinese) in ALL.items()
        if english != chinese and "{" not in english and not key.startswith("finding.")  # titles are in the evidence
    }
    assert not [english for english in fixed if len(english) > 14 and english in text]


def test_points_have_neither_digits_nor_layers_that_are_images(trained: Path):
    text = checked(report_of(trained / "plane")).text
    assert "Points in 2 dimension(s)" in text
    assert "black on white" not in text


def test_the_states_of_a_run_are_told_apart(copy: Copy):
    path = copy("plane")
    assert "the run is finished" in report_of(path)
    lines = (path / EVENTS).read_bytes().splitlines(keepends=True)
    assert b'"stopped"' in lines[-1]
    (path / EVENTS).write_bytes(b"".join(lines[:-1]))
    assert "without a closing entry" in report_of(path)
    with Run.open(path).held():
        assert "still training" in checked(report_of(path)).text
    (path / EVENTS).write_bytes(b"")
    shutil.rmtree(path / "samples")
    assert "not started" in checked(report_of(path)).text
    shutil.rmtree(path / "checkpoints")
    checked(report_of(path, lang="zh"))


def test_damaged_files_are_named_and_do_no_harm(copy: Copy):
    path = copy("classes")
    (path / "samples" / "step-00000020.png").write_bytes(b"\x89PNG torn")
    (path / "samples" / "data.png").unlink()
    with (path / EVENTS).open("ab") as log:
        log.write(b'{"format":1,"kind":"span"\n\xff\xfe\n')
    for checkpoint in (path / "checkpoints").iterdir():
        checkpoint.write_bytes(checkpoint.read_bytes()[:-9])
    text = checked(report_of(path)).text
    assert "missing or damaged: data.png, step-00000020.png" in text
    assert "2 line(s) of the log cannot be read" in text
    assert "No new samples can be generated" in text
    assert "is damaged" in text


def test_a_link_out_of_the_run_is_a_missing_picture(copy: Copy):
    path = copy("plane")
    text = (path / EVENTS).read_text().replace("samples/step-00000060.png", "samples/../../../etc/passwd")
    (path / EVENTS).write_text(text)
    assert "passwd" in checked(report_of(path)).text


def test_html_in_names_texts_and_scores_is_text(copy: Copy):
    evil = "<img src=x onerror=alert(1)>"
    path = copy("classes", '"><script>alert(1)<!script>\u202e')
    settings = (path / EXPERIMENT).read_text("utf-8")
    (path / EXPERIMENT).write_text(settings.replace('"0", "1"', f'"{evil}", "</td></table>\\u202e"'), "utf-8")
    run = Run.open(path)
    run.append(Line(Finding(40, evil, f"{evil}\x00 </pre>"), 900, 0, 1.0))
    score = Score(f"frechet/{evil}", 1.0, 0.5, 100, evil, 0.1, evil, controls={evil: 2.0})
    run.save_scores("step-00000040-test-100", {"measures": 3, "scores": [score.as_dict()]})
    html = report_of(path)
    checked(html)
    assert evil not in html
    assert "<script" not in html
    assert "\u202e" not in html
    assert "onerror=alert(1)&gt;" in html


def test_stored_test_scores_appear_with_floors_intervals_and_controls(copy: Copy):
    path = copy("plane")
    run = Run.open(path)
    score = Score(
        "sliced/law", 0.25, 0.125, 2500, "sliced distance, lower is better", 0.01, "ring", controls={"noisy": 0.75}
    )
    run.save_scores("step-00000060-test-2500", {"measures": 3, "scores": [score.as_dict()]})
    run.save_scores("step-00000060-test-9", {"measures": 3, "scores": [score.as_dict() | {"value": "x"}]})
    (path / "scores" / "step-00000061-test-9.json").write_text("[")
    assert stored_scores(run) == [StoredScores(60, "test", 2500, (score,))]
    text = checked(report_of(path)).text
    assert "sliced Wasserstein distance (true distribution) 0.25 0.0196 0.125" in text
    assert "Scores of samples with known faults" in text
    assert "was not scored on the test split" not in text
    run.save_scores("step-00000020-test-2500", {"measures": 3, "scores": [score.as_dict()]})
    (path / "scores" / "step-00000060-test-2500.json").unlink()
    assert "stored test scores are those of step 20, but the newest step is 60" in checked(report_of(path)).text


@pytest.mark.parametrize("name", ["pictures", "labels", "plane"])
def test_runs_of_earlier_versions_are_reported(tmp_path: Path, name: str):
    path = Path(shutil.copytree(EARLIER / name, tmp_path / name))
    checked(report_of(path))
    checked(report_of(path, lang="zh"))


def test_a_run_whose_data_are_gone_is_reported_without_counts(copy: Copy):
    path = copy("classes")
    text = (path / EXPERIMENT).read_text("utf-8")
    text = re.sub(r"\[data\].*?\n\n", '[data]\nkind = "folder"\nfolder = "/nowhere/at/all"\n\n', text, flags=re.DOTALL)
    (path / EXPERIMENT).write_text(text, "utf-8")
    assert "The data cannot be read here" in checked(report_of(path)).text


def test_a_run_with_settings_of_another_program_is_refused_in_one_line(copy: Copy):
    path = copy("plane")
    (path / EXPERIMENT).write_text("format = 1\n")
    with pytest.raises(UsageError) as refused:
        report_of(path)
    assert "\n" not in str(refused.value)


def test_a_folder_that_is_nothing_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="neither a run, nor a study"):
        targets_of([tmp_path])
    with pytest.raises(UsageError, match="nothing to report"):
        targets_of([])


def test_a_fork_is_reproduced_by_a_fork(trained: Path, tmp_path: Path):
    fork = ganarium.fork(
        trained / "plane", 60, "optim.lr=0.001", steps=70, out=tmp_path / "fork", on_line=lambda _: None
    )
    view = RunView(fork, Texts("en"))
    assert (view.first_step, view.step, view.state) == (60, 70, "finished")
    text = checked(report_of(tmp_path / "fork")).text
    assert re.search(r"ganarium fork plane --at 60 .*optim\.lr=0\.001", text)


def test_numbers_in_the_summary_are_those_of_the_run(trained: Path):
    run = Run.open(trained / "plane")
    losses = run.losses()
    assert losses is not None
    summary = " ".join(run_document(run, "en").summary)
    assert f"{losses.mean.generator:.4g}" in summary
    assert f"{losses.mean.discriminator:.4g}" in summary
    events = [json.loads(line) for line in (run.path / EVENTS).read_text().splitlines()]
    first = next(event for event in events if event["kind"] == "score")
    assert f"{first['value']:.4g}" in summary
