"""What `show` says of networks and losses, and the line that shows losses while a run trains."""

import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from contextlib import suppress
from fcntl import ioctl
from pathlib import Path

import pytest
from PIL import Image

from ganarium.runs.directory import Run

pytestmark = pytest.mark.slow

GANARIUM = Path(sys.executable).with_name("ganarium")
CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
EXTREMES = """
import sys
from ganarium.report.training_progress import ProgressDisplay
from ganarium.runs.directory import Run
from ganarium.runs.events import Line, Span
run = Run.open(sys.argv[1])
train = run.experiment.train.model_copy(update={"steps": 1_000_000, "seconds": 359_999.0, "batch": 512})
run.experiment = run.experiment.model_copy(update={"train": train})
with ProgressDisplay(run) as progress:
    for number, step in enumerate((100, 99_900, 999_900, 1_000_000)):
        for loss in (0.5, -1.25, 9_999.4, -123_456.7):
            means = {"discriminator": loss, "generator": loss}
            line = Line(Span(step, means), number, 0, 0.1 * number + 0.01)
            progress.note(line)
            progress.show(line)
"""


def in_a_terminal(words: list[str], folder: Path, enough: Callable[[str], bool], columns: int = 80) -> str:
    """What a command writes into a terminal of so many columns until that is enough, when Ctrl-C ends it."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    env = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    process = subprocess.Popen(
        words, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs, env=env | {"TERM": "xterm"}
    )
    os.close(theirs)
    said = b""
    while select.select([ours], [], [], 60)[0]:
        try:
            said += os.read(ours, 65_536)
        except OSError:  # the other end is closed
            break
        if enough(said.decode(errors="replace")):
            process.send_signal(signal.SIGINT)
            break
    with suppress(OSError):
        while os.read(ours, 65_536):
            pass
    process.wait(60)
    os.close(ours)
    return said.decode(errors="replace")


def status_lines(said: str) -> list[str]:
    return [line for line in CONTROL.sub("\n", said).replace("\r", "\n").splitlines() if line.startswith("step ")]


def test_both_losses_are_visible_at_80_columns_at_any_step(place, tmp_path):
    said = in_a_terminal([sys.executable, "-c", EXTREMES, str(place / "runs/plane")], tmp_path, lambda _: False)
    lines = status_lines(said)
    assert len(lines) >= 16, said
    for line in lines:
        assert len(line) <= 80
        assert re.search(r"D loss \S+  G loss -?\d\S+", line), line
        assert "…" not in line
        assert "left" in line


def test_a_training_in_a_terminal_of_80_columns_shows_both_losses(tmp_path, settings):
    words = [*settings["plane"][:-1], "train.steps=1000000", "record.log_every=5", "--out", "run"]
    said = in_a_terminal([str(GANARIUM), "train", *words], tmp_path, lambda text: "G loss" in text)
    shown = [line for line in status_lines(said) if "loss" in line]
    assert shown
    assert all(len(line) <= 80 and re.search(r"of 1,000,000  D loss \S+  G loss \S+", line) for line in shown)


def test_s3_is_shown_with_both_of_its_totals_and_every_layer(ganarium, tmp_path):
    said, as_json = (ganarium("show", "kplus1-digits", *words, folder=tmp_path) for words in ([], ["--json"]))
    assert "generator: 392,001 trainable parameters, 398,401 with the running statistics of batch norm" in said.stdout
    assert "discriminator: 441,035 trainable parameters, 441,547 with" in said.stdout
    for words in ("leaky ReLU 0.2", "max-pool 2×2", "upsampling ×2", "64 × 14 × 14", "12,544", "1,419"):
        assert words in said.stdout
    tables = json.loads(as_json.stdout)["parameters"]
    totals = {side: (table["total"], table["total_with_statistics"]) for side, table in tables.items()}
    assert totals == {"generator": (392_001, 398_401), "discriminator": (441_035, 441_547)}
    assert tables["generator"]["layers"][1] == {
        "layer": "stem.norm",
        "kind": "batch norm",
        "shape": [3136],
        "output": [3136],
        "parameters": 6_272,
        "statistics": 6_272,
    }


def test_a_network_without_batch_norm_has_one_total(ganarium, place):
    said = ganarium("show", "runs/shapes", folder=place)
    assert re.search(r"generator: [\d,]+ trainable parameters\n", said.stdout)
    assert "running statistics" not in said.stdout


@pytest.fixture(scope="module")
def trained(tmp_path_factory, ganarium, settings):
    """A folder with a run of 25 steps, and what its training said."""
    folder = tmp_path_factory.mktemp("trained")
    words = [*settings["plane"][:-1], "record.log_every=10", "train.steps=25"]
    return folder, ganarium("train", *words, "--out", "run", folder=folder)


def test_a_training_ends_with_its_losses_and_the_steps_they_are_means_of(trained, ganarium):
    folder, said = trained
    losses = Run.open(folder / "run").losses()
    assert losses is not None
    assert [(span.first, span.last) for span in losses.spans] == [(1, 10), (11, 20), (21, 25)]
    shown = ganarium("show", "run", folder=folder)
    for name, mean in (("final", losses.final), ("last tenth", losses.mean)):
        for text in (said.stdout, shown.stdout):
            line = next(line for line in text.splitlines() if line.startswith(f"  {name}, steps 21 to 25"))
            assert [float(word) for word in line.split()[-2:]] == [
                pytest.approx(mean.discriminator, rel=1e-3),
                pytest.approx(mean.generator, rel=1e-3),
            ]


def test_losses_are_in_json_of_train_and_show_as_the_log_has_them(trained, ganarium):
    folder, _ = trained
    run = Run.open(folder / "run")
    last = [line.event.means for line in run.events() if line.event.kind == "span"][-1]
    shown = json.loads(ganarium("show", "run", "--json", folder=folder).stdout)["losses"]
    assert shown["final"]["generator"] == last["generator"]
    assert shown["curve"]["last"] == [10, 20, 25]
    resumed = json.loads(ganarium("resume", "run", "--steps", "30", "--json", folder=folder).stdout)["losses"]
    assert resumed["final"]["first"] == resumed["mean"]["first"] == 21
    assert (resumed["final"]["last"], resumed.keys()) == (30, {"final", "mean"})


def test_the_curves_of_losses_become_a_picture(trained, ganarium):
    folder, _ = trained
    said = ganarium("show", "run", "--out", "new/losses.PNG", folder=folder)
    assert (said.status, said.stderr) == (0, "")
    assert "loss curves: new/losses.PNG" in said.stdout
    with Image.open(folder / "new/losses.PNG") as picture:
        assert picture.format == "PNG"
        assert len(picture.convert("RGB").getcolors(1 << 20) or ()) > 10
    assert ganarium("show", "run", "--out", "new/losses.PNG", folder=folder).status == 2
    assert ganarium("show", "run", "--out", "new/losses.PNG", "--overwrite", folder=folder).status == 0


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["ring", "--out", "x.png"], "--out x.png: ring has no losses to draw"),
        (["run", "--out", "x.jpg"], "x.jpg: cannot write this format; use x.png"),
        (["run", "--out", "x"], "x: cannot write this format; use x.png"),
        (["run", "--overwrite"], "--overwrite: applies only to --out"),
    ],
)
def test_curves_that_cannot_be_drawn_are_refused(trained, ganarium, words, reason):
    folder, _ = trained
    said = ganarium("show", *words, folder=folder)
    assert (said.status, said.stdout) == (2, "")
    assert reason in said.stderr
    assert not (folder / "x").exists()
