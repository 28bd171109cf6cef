"""Every verb once, on tiny runs."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from ganarium import plan
from ganarium.cli.show import _remedy
from ganarium.config.datasets import DATA
from ganarium.config.overrides import data_settings
from ganarium.config.remedies import REMEDIES
from ganarium.config.remedies.related_settings import CHOICES
from ganarium.config.synthetic import PointsConfig
from ganarium.core.outputs import LIST
from ganarium.data.datasets import random_rows
from ganarium.data.load import load_data
from ganarium.evaluation.points import NOTES
from ganarium.plotting.images import grid
from ganarium.recipes import RECIPES
from ganarium.runs.directory import Run

pytestmark = pytest.mark.slow

VERBS = (
    ["train"],
    ["resume"],
    ["fork"],
    ["sample"],
    ["interpolate"],
    ["translate"],
    ["evaluate"],
    ["compare"],
    ["diagnose"],
    ["trial"],
    ["study"],
    ["report"],
    ["plot"],
    ["show"],
    ["recipes"],
    ["remedies"],
    ["watch"],
)
VERBS += (["theory", "dirac"], ["theory", "bilinear"], ["theory", "optimum"])
VERBS += (["data", "list"], ["data", "show"], ["data", "check"], ["data", "export"])
ROOT = Path(__file__).parents[2]
EMOJI = ROOT / "tests/data/emoji.zip"
HEAD = ["format", "seq", "kind", "step", "phase", "time"]


def tensors(run: Run) -> dict[str, bytes]:
    checkpoint, damaged = run.checkpoint()
    assert not damaged
    return {name: t.reshape(-1).view(torch.uint8).numpy().tobytes() for name, t in checkpoint.tensors.items()}


@pytest.fixture
def copy(place: Path, tmp_path: Path) -> Path:
    """A folder of one's own with runs/shapes and runs/plane in it."""
    shutil.copytree(place / "runs", tmp_path / "runs")
    return tmp_path


@pytest.fixture
def sampled(place, tmp_path, ganarium):
    """The arrays that `ganarium sample` writes for a run."""

    def arrays(run: str, *words: object, name: str = "x") -> dict[str, np.ndarray]:
        said = ganarium("sample", run, *words, "--out", tmp_path / f"{name}.npz", "--overwrite", folder=place)
        assert said.status == 0, said.stderr
        with np.load(tmp_path / f"{name}.npz") as file:
            return dict(file)

    return arrays


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_help_has_an_example_that_names_the_verb(verb, ganarium, tmp_path):
    said = ganarium(*verb, "--help", folder=tmp_path)
    assert (said.status, said.stderr) == (0, "")
    assert f"Example: ganarium {' '.join(verb)}" in said.stdout


def test_remedies_are_told_with_all_their_settings(ganarium, tmp_path):
    said, as_json = (ganarium("remedies", *words, folder=tmp_path) for words in ([], ["--json"]))
    assert (said.status, said.stderr) == (0, "")
    told = json.loads(as_json.stdout, parse_constant=pytest.fail)
    assert told["remedies"].keys() == REMEDIES.keys()
    for name, entry in REMEDIES.items():
        assert f"\n{name}\n" in f"\n{said.stdout}"
        of = told["remedies"][name]
        assert of["settings"].keys() == entry.settings.model_fields.keys() >= of["neutral"].keys()
        assert entry.paper in said.stdout
    assert len(told["choices"]) == len(CHOICES)
    for choice in CHOICES:
        assert all(part in said.stdout for part in (choice.setting, choice.line, choice.paper))


def test_classic_techniques_are_listed_with_valid_settings_as_in_the_documentation(ganarium, tmp_path):
    said, as_json = (ganarium("remedies", *words, folder=tmp_path).stdout for words in ([], ["--json"]))
    homework = json.loads(as_json)["homework"]
    assert len(homework) == 6
    page = (ROOT / "docs/remedies.md").read_text("utf-8")
    for technique, words in homework.items():
        assert re.search(rf"  {technique} +{re.escape(', '.join(words))}\n", said)
        (row,) = re.findall(rf"^\| {technique} \|.*$", page, re.MULTILINE)
        assert all(f"`{word}`" in row for word in words)
        assert all(plan("dense-digits", [word]) != plan("dense-digits") for word in words)


def test_help_names_every_verb(ganarium, tmp_path):
    said = ganarium("--help", folder=tmp_path)
    assert said.status == 0
    assert "ganarium train digits" in said.stdout
    for verb in VERBS:
        assert f" {verb[0]} " in said.stdout


def test_help_does_not_import_torch():
    """In a process of its own, since this one has."""
    words = [["--help"], *([*verb, "--help"] for verb in VERBS)]
    program = (
        "import sys\n"
        "from ganarium.cli.main import main\n"
        f"for words in {words}:\n"
        "    sys.argv = ['ganarium', *words]\n"
        "    try:\n"
        "        main()\n"
        "    except SystemExit as ended:\n"
        "        assert not ended.code, words\n"
        "assert 'torch' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("train", "PLANE", "--out", "new"),
        ("train", "PLANE", "--dry-run"),
        ("resume", "shapes", "--steps", "42"),
        ("fork", "shapes", "--at", "20"),
        ("sample", "shapes", "--out", "x.png"),
        ("interpolate", "shapes", "--frames", "2", "--out", "x.gif"),
        ("show", "shapes"),
        ("show", "grid"),
        ("recipes",),
        ("data", "list"),
        ("data", "show", "points", "count=10"),
        ("data", "export", "moons", "-n", "10", "--out", "x.npz"),
    ],
    ids=" ".join,
)
def test_json_is_one_object_and_all_of_stdout(words, copy, ganarium, settings):
    spelled = [part for word in words for part in (settings["plane"] if word == "PLANE" else [word])]
    said = ganarium(*spelled, "--json", folder=copy)
    assert said.status == 0, said.stderr
    (line,) = said.stdout.splitlines()
    assert isinstance(json.loads(line), dict)


def test_the_summary_of_training_says_where_and_how_far(tmp_path, ganarium, settings):
    said = ganarium("train", *settings["pictures"], "--json", folder=tmp_path)
    summary = json.loads(said.stdout)
    assert (summary["run"], summary["step"], summary["finished"]) == ("runs/dense-digits", 40, True)
    assert set(summary["means"]) >= {"discriminator", "generator"}
    assert (tmp_path / summary["run"] / summary["sample"]).is_file()
    said = ganarium("train", *settings["pictures"], folder=tmp_path)
    assert "runs/dense-digits-2" in said.stdout
    assert "ganarium sample runs/dense-digits-2" in said.stdout


def test_a_run_directory_holds_what_its_page_says(place):
    run = Run.open(place / "runs/shapes")
    files = {str(path.relative_to(run.path)) for path in run.path.rglob("*") if path.is_file()}
    board = {file for file in files if file.startswith("tensorboard/events.out.tfevents.")}
    assert len(board) == 1
    steps = {f"step-{step:08d}" for step in (0, 20, 40)}
    pictures = {f"samples/{name}.png" for name in {"data", *steps}}
    kept = {f"checkpoints/{name}.safetensors" for name in steps}
    assert files - board == {"experiment.toml", "events.jsonl", "lock"} | pictures | kept
    for picture in pictures:
        Image.open(run.path / picture).verify()


def test_events_say_format_seq_kind_step_phase_time_first(place):
    lines = (place / "runs/shapes/events.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    assert all(list(event)[:6] == HEAD for event in events)
    assert [event["seq"] for event in events] == list(range(len(events)))
    times = [event["time"] for event in events]
    assert times == sorted(times)
    spans = [event["step"] for event in events if event["kind"] == "span"]
    assert spans == [10, 20, 30, 40]
    grids = [event["step"] for event in events if event["kind"] == "sample" and event["what"] == "generated"]
    assert grids == [0, 20, 40]
    assert (events[-1]["kind"], events[-1]["reason"]) == ("stopped", "finished")
    for event in events:
        if event["kind"] == "histogram":
            assert (len(event["real"]), len(event["fake"])) == (16, 16)
            assert (sum(event["real"]), sum(event["fake"])) == pytest.approx((1, 1))


def test_tensorboard_can_read_a_run(place):
    run = Run.open(place / "runs/shapes")
    board = EventAccumulator(str(run.tensorboard), size_guidance={"images": 0}).Reload()
    assert {"losses/discriminator", "losses/generator", "D/real", "D/fake"} <= set(board.Tags()["scalars"])
    spans = {line.event.step: line.event.means for line in run.events() if line.event.kind == "span"}
    losses = {point.step: point.value for point in board.Scalars("losses/discriminator")}
    assert losses == pytest.approx({step: means["discriminator"] for step, means in spans.items()})
    assert [point.step for point in board.Images("pictures/data")] == [0]
    assert [point.step for point in board.Images("pictures/generated")] == [0, 20, 40]


def test_samples_as_arrays(sampled):
    made = sampled("shapes", "-n", 25)
    assert (made["images"].dtype, made["images"].shape) == (np.uint8, (25, 1, 16, 16))
    assert made["labels"].tolist() == [i % 10 for i in range(25)]
    points = sampled("plane", "-n", 25)
    assert set(points) == {"points"}
    assert (points["points"].dtype, points["points"].shape) == (np.float32, (25, 2))


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(place, tmp_path, ganarium):
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        for kind in ("png", "npz"):
            ganarium("sample", "shapes", "-n", 9, "--seed", seed, "--out", tmp_path / f"{name}.{kind}", folder=place)
    for kind in ("png", "npz"):
        a, b, c = ((tmp_path / f"{name}.{kind}").read_bytes() for name in "abc")
        assert a == b
        assert a != c


def test_sample_i_does_not_depend_on_how_many_are_asked_for(sampled):
    few, many = sampled("shapes", "-n", 3)["images"], sampled("shapes", "-n", 130)["images"]
    assert np.array_equal(few, many[:3])
    assert np.array_equal(sampled("plane", "-n", 3)["points"], sampled("plane", "-n", 130)["points"][:3])


def test_words_of_sample_change_what_they_say(sampled):
    base = sampled("shapes", "-n", 20)
    sevens = sampled("shapes", "-n", 20, "--label", 7)
    assert sevens["labels"].tolist() == [7] * 20
    assert np.array_equal(sevens["images"][[7, 17]], base["images"][[7, 17]])
    assert not np.array_equal(sevens["images"], base["images"])
    assert np.array_equal(sampled("shapes", "-n", 20, "--weights", "ema")["images"], base["images"])
    assert not np.array_equal(sampled("shapes", "-n", 20, "--weights", "raw")["images"], base["images"])
    assert not np.array_equal(sampled("shapes", "-n", 20, "--truncation", 0.2)["images"], base["images"])
    black = sampled("shapes", "-n", 20, "--invert")["images"].astype(int)
    assert abs(black + base["images"] - 255).max() <= 1  # each is rounded by itself


def test_samples_as_a_folder_and_as_a_grid(place, tmp_path, ganarium, sampled):
    said = ganarium("sample", "shapes", "-n", 5, "--out", tmp_path / "folder", "--json", folder=place)
    files = [tmp_path / "folder" / f"{i}.png" for i in range(5)]
    truth = tmp_path / "folder/truth.npz"
    assert json.loads(said.stdout)["files"] == [*map(str, files), str(truth)]
    pictures = np.stack([np.asarray(Image.open(file)) for file in files])
    assert np.array_equal(pictures, sampled("shapes", "-n", 5)["images"][:, 0])
    assert sorted((tmp_path / "folder").iterdir()) == [tmp_path / "folder" / LIST, *files, truth]
    with np.load(truth) as known:
        assert known["labels"].tolist() == sampled("shapes", "-n", 5)["labels"].tolist() == [0, 1, 2, 3, 4]
        assert tuple(known["classes"]) == Run.open(place / "runs/shapes").provenance.classes
    ganarium("sample", "shapes", "-n", 4, "--out", tmp_path / "x.png", folder=place)
    with Image.open(tmp_path / "x.png") as grid:
        assert grid.width == grid.height >= 320


def test_an_output_is_replaced_only_when_asked(place, tmp_path, ganarium):
    out = tmp_path / "x.npz"
    out.write_text("mine")
    assert ganarium("sample", "shapes", "--out", out, folder=place).status == 2
    assert out.read_text() == "mine"
    assert ganarium("sample", "shapes", "--out", out, "--overwrite", folder=place).status == 0
    assert len(np.load(out)["images"]) == 64


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_a_walk_has_frames_for_each_leg_and_one_at_the_end(kind, place, tmp_path, ganarium):
    out = tmp_path / f"walk.{kind}"
    words = ("--seeds", "1,2,3", "--labels", "3,8,3", "--frames", 5, "--out", out, "--json")
    said = ganarium("interpolate", "shapes", *words, folder=place)
    assert json.loads(said.stdout) == {"out": str(out), "frames": 11}
    with Image.open(out) as walk:
        assert walk.n_frames == 11


def test_a_walk_as_a_strip_begins_and_ends_at_the_seeds(place, tmp_path, ganarium, sampled):
    out = tmp_path / "walk.png"
    words = ("--seeds", "1,2", "--labels", "4", "--frames", 3, "--out", out)
    assert ganarium("interpolate", "shapes", *words, folder=place).status == 0
    with Image.open(out) as strip:
        side, gap = 16, 2
        scale = strip.width // (3 * (side + gap) + gap)
        sheet = np.asarray(strip)[::scale, ::scale]
    first, last = sheet[gap : gap + side, gap : gap + side], sheet[2 * gap + side :, gap : gap + side][:side]
    assert np.array_equal(first, sampled("shapes", "-n", 1, "--seed", 1, "--label", 4)["images"][0, 0])
    assert np.array_equal(last, sampled("shapes", "-n", 1, "--seed", 2, "--label", 4)["images"][0, 0])


def test_labels_with_gaps_are_sampled_shown_beside_real_ones_and_walked_between(tmp_path, ganarium, settings):
    images = np.random.default_rng(0).integers(0, 256, (60, 16, 16), np.uint8)
    np.savez(tmp_path / "gaps.npz", images=images, labels=np.resize([0, 5, 9], 60))
    words = ("data.array=gaps.npz", "game.conditional=true", *settings["tiny"], "train.steps=2", "--out", "run")
    assert ganarium("train", "dense-layers", *words, folder=tmp_path).status == 0
    said = ganarium("sample", "run", "-n", 20, "--beside", "--out", "x.png", folder=tmp_path)
    assert said.status == 0, said.stderr
    assert ganarium("sample", "run", "-n", 20, "--out", "x.npz", folder=tmp_path).status == 0
    with np.load(tmp_path / "x.npz") as made:
        assert [made["classes"][label] for label in made["labels"]] == list(np.resize(["0", "5", "9"], 20))
    words = ("--seeds", "1,2", "--labels", "5,9", "--out", "x.gif")
    assert ganarium("interpolate", "run", *words, folder=tmp_path).status == 0
    said = ganarium("sample", "run", "--label", 7, "--out", "y.png", folder=tmp_path)
    assert (said.status, said.stderr) == (2, "ganarium: label '7': no such class; available: 0, 5, 9\n")


def test_a_fork_says_where_from_and_keeps_its_parent_untouched(copy, ganarium, tree):
    before = tree(copy / "runs/shapes")
    words = ("--at", 33, "optim.lr=1e-3", "remedies.r1=true", "--out", "child")
    said = ganarium("fork", "shapes", *words, folder=copy)
    assert said.status == 0, said.stderr
    assert "runs/shapes at step 20" in said.stderr
    assert "optim.lr: 0.0002 → 0.001" in said.stderr
    assert "remedies.r1.gamma" in said.stderr
    assert tree(copy / "runs/shapes") == before
    child = Run.open(copy / "child")
    assert child.provenance.parent == "shapes at step 20"
    assert child.checkpoint_steps()[0] == 20
    assert child.events()[-1].event.step == 40
    assert tensors(child) != tensors(Run.open(copy / "runs/shapes"))


def test_a_fork_without_changes_ends_where_its_parent_did(copy, ganarium):
    assert ganarium("fork", "shapes", "--at", 20, folder=copy).status == 0
    assert tensors(Run.open(copy / "runs/shapes-fork")) == tensors(Run.open(copy / "runs/shapes"))


def test_a_run_can_be_born_again_from_its_own_file(copy, ganarium):
    assert ganarium("train", "runs/shapes/experiment.toml", "--out", "again", folder=copy).status == 0
    assert tensors(Run.open(copy / "again")) == tensors(Run.open(copy / "runs/shapes"))
    other = ganarium("train", "runs/shapes/experiment.toml", "seed=1", "--out", "other", folder=copy)
    assert other.status == 0
    assert tensors(Run.open(copy / "other")) != tensors(Run.open(copy / "runs/shapes"))


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
@pytest.mark.parametrize("cut", [40, 33])  # on a boundary of the log, and within a span
def test_a_run_given_more_steps_is_as_if_it_had_had_them(schedule, cut, copy, ganarium, settings):
    words = (*settings["pictures"], f"optim.schedule={schedule}", "train.horizon=80")
    words += ("engine.kernels=default",)  # which is else chosen by what is faster at the moment
    assert ganarium("train", *words, "train.steps=80", "--out", "whole", folder=copy).status == 0
    assert ganarium("train", *words, f"train.steps={cut}", "--out", "parts", folder=copy).status == 0
    said = ganarium("resume", "parts", "--steps", 80, folder=copy)
    assert said.status == 0, said.stderr
    assert f"resuming from step {cut}" in said.stderr
    whole, parts = Run.open(copy / "whole"), Run.open(copy / "parts")
    assert tensors(parts) == tensors(whole)
    assert parts.experiment.train.steps == 80
    assert [line.event for line in parts.events() if line.event.kind == "span" and line.event.step != cut] == [
        line.event for line in whole.events() if line.event.kind == "span" and line.event.step != cut
    ]


def test_the_horizon_stays_where_it_was_at_birth(copy, ganarium):
    ganarium("resume", "shapes", "--steps", 50, folder=copy)
    train = Run.open(copy / "runs/shapes").experiment.train
    assert (train.steps, train.horizon) == (50, 40)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_shows_settings_tables_source_and_what_to_cite(name, ganarium, tmp_path, needs_data):
    needs_data(name)
    said = ganarium("show", name, folder=tmp_path)
    assert said.status == 0
    assert f'recipe = "{name}"' in said.stdout
    assert RECIPES[name].source in said.stdout
    shown = json.loads(ganarium("show", name, "--json", folder=tmp_path).stdout)
    for table in shown["parameters"].values():
        assert table["total"] == sum(layer["parameters"] for layer in table["layers"]) > 0
    assert shown["choices"] == list(RECIPES[name].choices)
    assert shown["papers"]


def test_a_run_shows_what_it_was_born_with(place, ganarium):
    shown = json.loads(ganarium("show", "runs/shapes", "--json", folder=place).stdout)
    assert shown["settings"]["data"] == {"kind": "points", "count": 64, "seed": 0, "size": 16}
    assert shown["provenance"]["shape"] == [1, 16, 16]
    assert shown["provenance"]["data_hash"] == load_data(data_settings(["data=points", "count=64", "size=16"])).hash
    (first, *_) = shown["parameters"]["discriminator"]["layers"]
    assert (first["shape"], first["parameters"]) == ([256 + 10, 8], (256 + 10) * 8 + 8)


def test_recipes_and_data_sets_are_listed_with_a_line_each(ganarium, tmp_path):
    listed = json.loads(ganarium("recipes", "--json", folder=tmp_path).stdout)
    assert list(listed) == list(RECIPES)
    assert all(entry["line"] and entry["source"] for entry in listed.values())
    assert list(json.loads(ganarium("data", "list", "--json", folder=tmp_path).stdout)) == list(DATA)


def test_a_dry_run_writes_nothing_and_prints_settings_that_train_the_same(ganarium, settings, tmp_path, tree):
    said = ganarium("train", *settings["pictures"], "--dry-run", folder=tmp_path)
    assert said.status == 0
    assert tree(tmp_path) == {}
    (tmp_path / "mine.toml").write_text(said.stdout)
    assert ganarium("train", "mine.toml", "--dry-run", folder=tmp_path).stdout == said.stdout
    values = json.loads(ganarium("train", "mine.toml", "--dry-run", "--json", folder=tmp_path).stdout)
    assert values["train"]["horizon"] == 40
    assert (values["engine"]["device"], values["engine"]["threads"]) == ("cpu", 1)
    assert [name for name, value in values["engine"].items() if value == "auto"] == ["kernels", "compile"]
    assert "# engine.kernels and engine.compile: chosen by benchmark when training begins" in said.stdout


def test_a_run_on_digits_is_scored_beside_real_pictures(ganarium, tmp_path):
    words = ("digits", "data.count=3000", "generator.hidden=[16]", "discriminator.hidden=[16]", "train.steps=5")
    said = ganarium("train", *words, "engine.threads=1", "engine.device=cpu", "--json", folder=tmp_path)
    assert said.status == 0, said.stderr
    at_the_end = {score["name"]: score for score in json.loads(said.stdout)["scores"]}
    said = ganarium(
        "evaluate", "digits", "-n", 2_000, "--split", "validation", "--json", "--no-controls", folder=tmp_path
    )
    scores = {score["name"]: score for score in json.loads(said.stdout)["scores"]}
    assert {name: scores[name]["value"] for name in at_the_end} == {
        name: score["value"] for name, score in at_the_end.items()
    }
    assert all(score["floor"] is not None for score in scores.values())
    said = ganarium("evaluate", "digits", "-n", 100, "--weights", "raw", folder=tmp_path)
    assert said.status == 0
    assert all(word in said.stdout for word in (*scores, "noisy", "blurred", "lacking-a-class", "copied", "collapsed"))
    assert "100 samples against mnist/test/" in said.stdout


def test_points_are_scored_by_their_law(place, ganarium, tmp_path):
    said = ganarium("evaluate", "plane", "-n", 2_500, "--json", folder=place)
    scores = {score["name"]: score for score in json.loads(said.stdout)["scores"]}
    assert {"sliced/law", "modes/law"} <= set(scores) <= {f"{name}/law" for name in (*NOTES, "sliced")}
    assert scores["modes/law"]["floor"] == 8
    assert scores["high-quality/law"]["floor"] == pytest.approx(0.989, abs=0.01)
    ganarium("sample", "plane", "-n", 2_500, "--seed", 10_000, "--out", tmp_path / "points.npz", folder=place)
    said = ganarium("evaluate", tmp_path / "points.npz", "--against", "ring", "--json", folder=place)
    again = {score["name"]: score["value"] for score in json.loads(said.stdout)["scores"]}
    assert again == {name: score["value"] for name, score in scores.items()}


def test_controls_stand_below_scores_unless_they_are_not_wanted(place, ganarium):
    said = ganarium("evaluate", "plane", "-n", 500, folder=place)
    scores, controls = said.stdout.split("\n\n")
    assert controls.splitlines()[0].split() == [
        "degraded",
        "samples",
        "real",
        "data",
        "noisy",
        "lacking-a-mode",
        "collapsed",
    ]
    assert ganarium("evaluate", "plane", "-n", 500, "--no-controls", folder=place).stdout == scores + "\n"


def test_pictures_of_a_file_and_of_a_folder_score_as_the_run_that_made_them(ganarium, tmp_path):
    train, held_out = (load_data(PointsConfig(count=100), split) for split in ("train", "test"))
    np.savez(tmp_path / "made.npz", images=train.images.numpy())
    (tmp_path / "made").mkdir()
    for i, picture in enumerate(train.images[:, 0].numpy()):
        Image.fromarray(picture).save(tmp_path / "made" / f"{i:03}.png")
    values = []
    for made in ("made.npz", "made"):
        said = ganarium("evaluate", made, "--against", "points", "count=100", "--json", folder=tmp_path)
        assert said.status == 0, said.stderr
        scores = json.loads(said.stdout)["scores"]
        assert {score["against"] for score in scores} == {f"points/test/{held_out.hash[:8]}"}
        assert {score["n"] for score in scores} == {100}
        values.append({score["name"]: score["value"] for score in scores})
    assert values[0] == values[1]


def test_without_words_the_help_is_shown_and_nothing_is_complained_of(ganarium, tmp_path):
    for words in ((), ("data",)):
        said = ganarium(*words, folder=tmp_path)
        assert "Usage: " in said.stdout + said.stderr
        assert "ganarium: " not in said.stderr


def test_a_path_with_brackets_is_said_as_it_is(ganarium, settings, tmp_path):
    out = "c[/]d[red]e"
    said = ganarium("train", *settings["plane"], "--out", out, folder=tmp_path)
    assert said.status == 0
    assert f"{out} on cpu" in said.stderr


def test_a_fork_does_not_overwrite_its_parent(copy, ganarium, tree):
    before = tree(copy / "runs/shapes")
    said = ganarium("fork", "shapes", "--at", 20, "--out", "runs/shapes", "--overwrite", folder=copy)
    assert said.status == 2
    assert tree(copy / "runs/shapes") == before


def test_codes_are_not_taken_for_the_classes_of_the_data_beside_them(ganarium, tmp_path: Path):
    words = ("generator.width=4", "discriminator.width=4", "data=points", "data.count=100", "train.batch=8")
    said = ganarium("train", "infogan", *words, "train.steps=2", "--out", "codes", folder=tmp_path)
    assert said.status == 0, said.stderr
    source = load_data(data_settings(["data=points", "count=100"]))
    said = ganarium("sample", "codes", "-n", 4, "--beside", "--out", "x.png", folder=tmp_path)
    assert said.status == 0, said.stderr
    left = np.asarray(grid(source.images[random_rows(len(source), 4)].numpy()))
    assert np.array_equal(np.asarray(Image.open(tmp_path / "x.png"))[:, : left.shape[1], 0], left)


def test_a_remedy_without_neutral_settings_and_paper_is_told_in_lines_with_content():
    of = {"does": "Keep logits small.", "line": "Keep logits small.", "settings": {"weight": 0.1}}
    assert [*_remedy(of | {"neutral": {}, "paper": ""})] == ["Keep logits small.", "defaults: weight=0.1"]
    assert [*_remedy(of | {"neutral": {"weight": 0.0}, "paper": "X 2026"})][2:] == ["off at weight=0.0", "X 2026"]
