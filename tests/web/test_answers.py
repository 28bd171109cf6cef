"""What the addresses answer about runs: details, scores, shares, comparisons, forms, notes and steering."""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.web.conftest import Page, line, new_run, span, write_log

from ganarium.config.objectives import OBJECTIVES
from ganarium.config.overrides import override
from ganarium.core.errors import UsageError
from ganarium.losses.objectives import build_objective
from ganarium.recipes import RECIPES
from ganarium.runs.requests import waiting_requests
from ganarium.testing.training import small
from ganarium.web.forms import check, form, planned
from ganarium.web.normal_losses import LEAD, normal_losses

pytestmark = pytest.mark.slow
END = line(99, "stopped", 90, reason="finished", note="")
SCORE = {"floor": 1.0, "n": 100, "note": "distance, lower is better", "against": "points/validation/1", "error": 0.1}


def score(seq: int, value: float, step: int = 90, **more: Any) -> dict[str, Any]:
    return line(seq, "score", step, name="frechet/x", value=value, **SCORE | more)


def snapshot(seq: int, step: int, *counts: int) -> dict[str, Any]:
    numbers = {"spread": 1.0, "within": 1.0, "apart": 0.5, "centre": [0.0], "nearest": 1.0, "middle": None}
    due = [1 / len(counts)] * len(counts)
    return line(seq, "look", step, reader="x", n=sum(counts), counts=counts, due=due, sorts="class", **numbers)


def test_details_name_what_was_changed_and_what_to_cite(page: Page):
    experiment = override(RECIPES["ring"].experiment(), ["optim.lr=0.5", "remedies.r1=true"])
    new_run(page.folder / "run", span(0, 10), END, experiment=experiment)
    found = page.get(f"runs/{page.key('run')}")
    changed = {one["key"]: (one["default"], one["value"]) for one in found["settings"] if one["changed"]}
    assert changed["optim.lr"] == (RECIPES["ring"].experiment().optim.lr, 0.5)
    assert found["command"].startswith("ganarium train ring optim.lr=0.5")
    assert any("Mescheder" in one["reference"] for one in found["citations"])
    assert {one["key"]: one["doc"] for one in found["settings"]}["train.batch"].startswith("batch size")
    assert (found["points"], found["translates"], found["samples"], found["classes"]) == (True, False, [10], ["a", "b"])


def test_layer_tables_are_computed_elsewhere_and_arrive_later(page: Page):
    new_run(page.folder / "run", span(0, 10), END)
    key = page.key("run")
    first = page.get(f"runs/{key}")
    assert (first["layers"], first["pending"]) == (None, True)
    while (found := page.get(f"runs/{key}"))["pending"]:
        time.sleep(0.3)
    assert {one["network"] for one in found["layers"]} == {"generator", "discriminator"}
    for table in found["layers"]:
        assert sum(row["parameters"] for row in table["rows"]) == table["parameters"] > 0


def test_findings_have_their_meaning_and_remedies_to_try(page: Page):
    found = line(5, "finding", 80, name="collapse", text="only 9% of the modes are generated", grave=True, since=40)
    new_run(page.folder / "run", span(0, 10), found, END)
    (finding,) = page.get(f"runs/{page.key('run')}")["findings"]
    assert (finding["title"], finding["grave"], finding["step"], finding["since"]) == ("mode collapse", True, 80, 40)
    assert finding["meaning"]
    assert (finding["text"], finding["chinese"]) == ("only 9% of the modes are generated", "只生成了 9% 的模式")
    assert finding["remedies"]
    for remedy in finding["remedies"]:
        planned("ring", remedy["words"])  # are valid settings
    assert all(command.startswith("ganarium ") for command in finding["commands"])


def test_a_class_is_lost_at_the_step_at_which_it_disappears(page: Page):
    looks = [snapshot(0, 10, 50, 50), snapshot(1, 20, 99, 1), snapshot(2, 30, 60, 40), snapshot(3, 40, 100, 0)]
    new_run(page.folder / "run", *looks, snapshot(4, 50, 99, 1), END)
    found = page.get(f"runs/{page.key('run')}/shares")
    assert (found["sorts"], found["names"], found["due"]) == ("class", ["a", "b"], [0.5, 0.5])
    assert found["shares"][1] == [0.99, 0.01]
    assert found["lost"] == [{"name": "b", "step": 40, "until": None}]


def test_scores_are_series_and_the_newest_of_each_split(page: Page):
    run = new_run(page.folder / "run", score(0, 3.0, step=10), score(1, 2.0), END)
    evaluated = {"name": "frechet/x", "value": 2.5, "floor": 1.0, "n": 10_000, "note": "", "error": 0.05}
    run.save_scores("step-00000090-test-10000", {"scores": [evaluated]})
    run.save_scores("step-00000090-test-20000", {"scores": "damaged"})
    found = page.get(f"runs/{page.key('run')}/scores")
    assert found["names"]["frechet/x"]["value"] == [3.0, 2.0]
    assert found["names"]["frechet/x"]["lower_is_better"]
    assert [(one["split"], one["value"], one["n"]) for one in found["final"]] == [
        ("test", 2.5, 10_000),
        ("validation", 2.0, 100),
    ]


def test_runs_are_compared_with_the_first_one(page: Page):
    for name, lr, value in (("a", 0.01, 2.0), ("b", 0.02, 1.5), ("c", 0.03, 2.1), ("d", 0.04, 9.0)):
        new_run(page.folder / name, score(0, value), END, experiment=small(f"optim.lr={lr}"))
    write_log(page.folder / "d", [score(100, 1.0, n=7)])
    found = page.get(f"compare?runs={','.join(page.key(name) for name in 'abcd')}")
    assert found["settings"] == [{"key": "optim.lr", "values": [0.01, 0.02, 0.03, 0.04]}]
    (row,) = found["scores"]
    assert [one["value"] for one in row["values"]] == [2.0, 1.5, 2.1, 1.0]
    assert [one["verdict"] for one in row["differences"]] == ["better", "same", "unknown"]
    assert row["differences"][0]["interval"] == pytest.approx([-0.5 - 0.277186, -0.5 + 0.277186], abs=1e-5)
    assert "no significant difference" in row["differences"][1]["text"]
    assert "not comparable" in row["differences"][2]["text"]
    assert found["seeds"] == {"groups": [], "rows": []}


def test_runs_that_differ_only_in_the_seed_are_compared_as_groups_paired_by_seed(page: Page):
    for lr, values in ((0.01, (2.0, 2.2, 2.4)), (0.02, (1.5, 1.71, 1.89))):
        for seed, value in enumerate(values):
            words = (f"optim.lr={lr}", f"seed={seed}")
            new_run(page.folder / f"{lr}-{seed}", score(0, value), END, experiment=small(*words))
    keys = [one["id"] for one in sorted(page.get("runs")["runs"], key=lambda one: str(one["name"]))]
    found = page.get(f"compare?runs={','.join(keys)}")["seeds"]
    assert [one["runs"] for one in found["groups"]] == [[0, 1, 2], [3, 4, 5]]
    (difference,) = found["rows"][0]["differences"]
    assert difference["difference"] == pytest.approx(-0.5)
    assert (difference["verdict"], difference["text"]) == ("better", "better, paired by seed")


def test_groups_of_a_study_have_the_names_of_its_variants(page: Page):
    study, others = page.folder / "study", page.folder / "others"
    study.mkdir()
    (study / "study.toml").write_text("")
    for name, lr in (("plain", 0.01), ("fast", 0.02)):
        for seed in (0, 1):
            words = (f"optim.lr={lr}", f"seed={seed}")
            for folder in (study / "runs", others):
                new_run(folder / f"{name}-seed{seed}-0a1b2c3d", span(0, 10), END, experiment=small(*words))
    keys = [one["id"] for one in sorted(page.get("runs")["runs"], key=lambda one: str(one["name"]))]
    groups = page.get(f"compare?runs={','.join(keys[4:])}")["seeds"]["groups"]
    assert groups == [{"name": "fast", "runs": [0, 1]}, {"name": "plain", "runs": [2, 3]}]
    groups = page.get(f"compare?runs={','.join(keys[:4])}")["seeds"]["groups"]
    assert [one["runs"] for one in groups] == [[0, 1], [2, 3]]
    assert any("optim.lr" in one["name"] for one in groups)


def test_one_or_too_many_or_missing_runs_are_not_compared(page: Page):
    assert page.get("compare?runs=")["status_code"] == 400
    assert page.get(f"compare?runs={','.join(map(str, range(41)))}")["status_code"] == 400
    assert page.get("compare?runs=000000000000")["status_code"] == 404


@pytest.mark.parametrize("kind", ["minimax", "non-saturating", "hinge", "relativistic", "relativistic-average"])
def test_the_normal_band_contains_the_losses_of_the_objective_itself(kind: str):
    found = normal_losses(small(f"objective={kind}", "game=synthesis"))
    objective = build_objective(OBJECTIVES[kind].settings())
    for logit in (0.0, 0.5, LEAD):
        real, fake = torch.full((4,), logit), torch.full((4,), -logit)
        for player in ("discriminator", "generator"):
            value = getattr(objective, player)(real, fake).mean().item()
            assert found[player][0] - 1e-6 <= value <= found[player][1] + 1e-6
    assert normal_losses(small("objective=wasserstein"))["discriminator"] is None


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_form_of_every_recipe_can_be_sent_back_unchanged(recipe: str):
    """Every field that is shown has the value of the recipe, and every value is accepted as it is shown."""
    experiment = RECIPES[recipe].experiment()
    fields = [field for group in form(recipe, [])["groups"] for field in group["fields"]]
    switches = {field["key"] for field in fields if field["type"] == "boolean" and field.get("kind")}
    shown = {field["key"]: field["default"] for field in fields if field["default"] is not None}
    words = [f"{key}={json.dumps(value)}" for key, value in shown.items() if key not in switches]
    assert override(experiment, words) == experiment
    assert all(field["default"] in field["choices"] for field in fields if field["choices"] and not field["optional"])


@pytest.mark.parametrize("kind", ["folder", "coordinates", "csv", "emnist"])
@pytest.mark.parametrize("written", ["data", "data.kind"])
def test_a_kind_that_needs_a_path_has_an_empty_field_for_it(written: str, kind: str):
    fields = {
        field["key"]: field for group in form("digits", [f"{written}={kind}"])["groups"] for field in group["fields"]
    }
    path = fields["data.path" if kind == "emnist" else f"data.{kind}"]
    assert (path["default"], path["type"], path["optional"]) == ("", "text", False)
    with pytest.raises(UsageError, match="required setting is missing"):
        check("digits", [f"{written}={kind}"])


def test_another_kind_has_its_own_fields(page: Page):
    found = page.get("form?recipe=ring&words=objective.kind=least-squares&words=remedies.r1=true")
    keys = {field["key"]: field for group in found["groups"] for field in group["fields"]}
    assert keys["objective.a"]["default"] == 0.0
    assert (keys["remedies.r1"]["default"], keys["remedies.r1.gamma"]["minimum"]) == (True, 0)
    assert keys["train.steps"]["optional"]
    assert "hinge" in keys["objective.kind"]["choices"]


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["optim.lr=-1"], "optim.lr"),
        (["optim.rl=1"], "optim.rl"),
        (["objective=hnge"], "objective"),
        (["train.batch=[1]"], "train.batch"),
        (["--plugin=evil.py"], "words"),
        (["-x"], "words"),
        (["x"], None),
        ([5], "words"),
        ("optim.lr=1", "words"),
        (["a" * 5000 + "=1"], "words"),
        (["optim.lr=1"] * 201, "words"),
        (["data.folder=\0"], "words"),
        (["remedies.label_smoothing=true", "objective=wasserstein"], "remedies.label_smoothing"),
    ],
)
def test_wrong_settings_name_the_field(words: Any, field: str | None, page: Page):
    found = page.send("POST", "form/check", {"recipe": "ring", "words": words})
    assert not found["ok"]
    assert found["field"] == field or field is None
    assert 0 < len(found["error"]) < 400


@pytest.mark.parametrize("recipe", ["none", "/etc/passwd", "x.toml", "../experiment.toml", "", 5, None])
def test_only_registered_recipes_are_trained(recipe: Any, page: Page):
    (page.folder / "x.toml").write_text("")
    found = page.send("POST", "runs", {"recipe": recipe, "words": []})
    assert found["status_code"] == 400
    assert not (page.folder / ".page").exists()


BAD_NAMES = (
    "",
    ".",
    "..",
    ".hidden",
    "a/b",
    "../x",
    "a\\b",
    "x" * 101,
    "a\0b",
    "a\nb",
    "CON:",
    "-x",
    "x ",
    "x.",
    "x.png",
)


def test_bad_names_of_new_runs_are_refused(page: Page):
    new_run(page.folder / "taken", END)
    for name in (*BAD_NAMES, "taken", "data", 5, [], "\ud800"):
        content = json.dumps({"recipe": "ring", "words": [], "name": name})
        found = page.client.post(
            "/api/runs", content=content, headers={"X-Ganarium": "1", "Content-Type": "application/json"}
        )
        assert found.status_code == 400, name
        assert "name" in found.json()["error"] or "JSON" in found.json()["error"]
    assert [path.name for path in page.folder.iterdir()] == ["taken"]


def test_notes_are_saved_in_the_run_and_shown_in_the_list(page: Page):
    run = new_run(page.folder / "run", END)
    key = page.key("run")
    assert page.send("PUT", f"runs/{key}/notes", {"tags": ["b", " a ", "b"], "note": "é\n<b>"})["status_code"] == 200
    assert json.loads((run.path / "notes.json").read_text()) == {"tags": ["b", "a"], "note": "é\n<b>"}
    assert page.summary("run")["tags"] == ["b", "a"]
    for wrong in ({"tags": "x"}, {"tags": [5]}, {"tags": ["a\0b"]}, {"tags": ["x" * 41]}, {"note": "x" * 10_001}):
        assert page.send("PUT", f"runs/{key}/notes", wrong)["status_code"] == 400
    assert page.send("PUT", f"runs/{key}/notes", {"tags": list("abcdefghijklmnopqrstu")})["status_code"] == 400
    (run.path / "notes.json").write_text('{"tags": 5}')
    assert page.summary("run")["tags"] == []


def test_notes_that_are_a_link_are_neither_read_nor_followed(page: Page):
    run, secret = new_run(page.folder / "run", END), page.folder.parent / "secret"
    secret.write_text('{"tags": ["secret"], "note": ""}')
    (run.path / "notes.json").symlink_to(secret)
    assert page.summary("run")["tags"] == []
    page.send("PUT", f"runs/{page.key('run')}/notes", {"tags": ["mine"], "note": ""})
    assert "secret" in secret.read_text()
    assert page.summary("run")["tags"] == ["mine"]


def test_steering_writes_one_request_unless_somebody_else_has_steered(page: Page):
    run = new_run(page.folder / "run", span(0, 10))
    key = page.key("run")
    steer = f"runs/{key}/steer"
    assert page.send("POST", steer, {"action": "pause", "seen": None})["status_code"] == 409  # not in training
    with run.held():
        assert page.send("POST", steer, {"action": "pause", "seen": None, "by": "me"}) == {
            "accepted": True,
            "status_code": 200,
        }
        write_log(run.path, [line(7, "steered", 10, action="pause", value=None, by="you", note="", request="")])
        refused = page.send("POST", steer, {"action": "continue", "seen": 3, "by": "me"})
        assert (refused["status_code"], refused["by"], refused["action"]) == (409, "you", "pause")
        assert "you paused this run" in refused["error"]
        for seen, by in ((7, "me"), (3, "you"), (None, "me")):
            assert page.send("POST", steer, {"action": "continue", "seen": seen, "by": by})["status_code"] == 200
        for wrong in (
            {"action": "explode"},
            {"action": "slow", "value": -1},
            {"action": "slow", "value": "fast"},
            {"action": "discriminator", "value": 1e9},
            {"action": "pause", "by": "x" * 81},
            {"action": "pause", "seen": "x"},
            {"action": "pause", "seen": 2**60},
        ):
            assert page.send("POST", steer, wrong)["status_code"] == 400, wrong
    assert len(waiting_requests(run.path)) == 4


def test_a_run_that_vanishes_between_requests_is_missing_everywhere(page: Page):
    new_run(page.folder / "run", span(0, 10), END)
    key = page.key("run")
    for path in ("", "/curves", "/shares", "/scores", "/normal", "/events", "/samples/10.png"):
        assert page.client.stream("GET", f"/api/runs/{key}{path}") is not None
    shutil.rmtree(page.folder / "run")
    for path in ("", "/curves", "/histograms", "/shares", "/scores", "/normal", "/events", "/samples/10.png"):
        found = page.get(f"runs/{key}{path}")
        assert (found["status_code"], "not in the folder" in found["error"]) == (404, True)
    assert page.get("runs")["runs"] == []


def test_wrong_numbers_in_an_address_are_named(page: Page):
    new_run(page.folder / "run", span(0, 10), END)
    key = page.key("run")
    for query in ("points=0", "points=x", "points=999999999", "after=x", "from=1e5"):
        found = page.get(f"runs/{key}/curves?{query}")
        assert (found["status_code"], found["field"]) == (400, query.partition("=")[0])


def test_a_range_of_steps_is_shown_in_full(page: Page):
    new_run(page.folder / "run", *(span(i, 10 * i) for i in range(1, 100)), END)
    found = page.get(f"runs/{page.key('run')}/curves?points=20&from=200&to=300")
    assert found["step"] == list(range(200, 301, 10))
    assert "low" not in found


def test_the_page_says_how_to_build_it_if_it_is_not_built(page: Page, ganarium: Callable[..., Any], tmp_path: Path):
    from ganarium.web.static_files import is_built

    if is_built():
        assert "<!doctype html>" in page.client.get("/").text.lower()
    else:
        assert "npm" in page.client.get("/").json()["error"]
        assert "npm" in ganarium("watch", folder=tmp_path).stderr


def test_head_answers_like_get_without_a_body(page: Page):
    new_run(page.folder / "run", span(0, 10), END)
    run = f"/api/runs/{page.key('run')}"
    for path in ("/", "/none", "/api/runs", "/api/none", run, f"{run}/curves", f"{run}/samples/10.png", "/api/runs/x"):
        full, head = page.client.get(path), page.client.head(path)
        assert (head.status_code, head.content) == (full.status_code, b""), path
        for name in ("content-type", "content-length", "etag", "cache-control"):
            assert head.headers.get(name) == full.headers.get(name), (path, name)


def test_head_of_a_stream_ends(page: Page):
    new_run(page.folder / "run", span(0, 10), END)
    for path in ("/api/events", f"/api/runs/{page.key('run')}/events"):
        found = page.client.head(path, timeout=5)
        assert (found.status_code, found.headers["content-type"].partition(";")[0]) == (200, "text/event-stream")


def test_a_damaged_run_has_no_normal_losses(page: Page):
    new_run(page.folder / "run", span(0, 10), END)
    address = f"/api/runs/{page.key('run')}/normal"
    assert page.client.get(address).json()["discriminator"]
    (page.folder / "run/experiment.toml").write_text("[train\n")
    found = page.client.get(address)
    assert (found.status_code, found.json()) == (200, None)
