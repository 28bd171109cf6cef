"""From an empty folder to a comparison: a run is started, steered, forked, compared and stopped in the browser."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.web.browser.conftest import SMALL, Server, Visits, curve_step, last_step, moves, status, until

from ganarium.runs.directory import Run

pytestmark = pytest.mark.slow
Watch = Callable[..., Server]


def fill(page: Page, key: str, value: object) -> None:
    """Find a setting of the form and change it."""
    page.get_by_label("Find a setting").fill(key)
    setting = page.get_by_label(key, exact=True)
    text = str(value).strip("[]")
    if setting.evaluate("one => one.tagName") == "SELECT":
        setting.select_option(text)
    else:
        setting.fill(text)


def start_from_the_form(page: Page) -> None:
    expect(page.get_by_text("There are no runs in this folder yet.")).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="Start a run").click()
    page.get_by_label("Find a recipe").fill("ring")
    page.locator("input[name=recipe][value=ring]").check()
    start = page.get_by_role("button", name="Start", exact=True)
    fill(page, "train.batch", -3)
    batch = page.get_by_label("train.batch", exact=True)
    expect(batch).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".field", has=batch).locator(".error")).to_contain_text("train.batch")
    expect(start).to_be_disabled()
    for key, value in (
        {key: value for key, value in SMALL.items() if "hidden" not in key} | {"train.steps": 100_000}
    ).items():
        fill(page, key, value)
    page.get_by_label("Name of the run (optional)").fill("first")
    page.get_by_label("Tags (optional)").fill("homework")
    expect(page.get_by_text("These settings are valid.")).to_be_visible()
    start.click()


def update_one_player(page: Page, run: Path, button: str, setting: str) -> None:
    """One step of one player: the step is shown and recorded, and the run is paused again."""
    before = last_step(run)
    page.get_by_role("button", name=button).click()
    expect(page.locator(".position .number")).to_contain_text(f"step {before + 1:,} of")
    expect(status(page)).to_have_text("paused")
    page.wait_for_timeout(300)
    assert last_step(run) == before + 1
    assert getattr(Run.open(run).experiment.train, setting) == (before,)


def fork_with_words(page: Page, at: int) -> None:
    page.get_by_role("button", name="Fork…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("From step").select_option(str(at))
    dialog.get_by_label("Changes").fill("optim.lr=nan")
    dialog.get_by_role("button", name="Start the fork").click()
    expect(dialog.get_by_role("alert")).to_contain_text("optim.lr")
    dialog.get_by_label("Changes").fill(f"optim.lr=0.0001\ntrain.steps={at + 30}")
    dialog.get_by_label("Name (optional)").fill("second")
    dialog.get_by_role("button", name="Start the fork").click()
    expect(page.get_by_role("heading", name="second")).to_be_visible()
    expect(status(page)).to_have_text("finished")
    page.get_by_text("Fork of").locator("a").click()
    expect(page.get_by_role("heading", name="first")).to_be_visible()


def test_a_run_is_started_watched_steered_forked_stopped_and_compared(visit: Visits, watch: Watch, tmp_path: Path):
    visit.expected = ("(Bad Request)", "(Unprocessable")  # invalid settings, given on purpose
    folder = tmp_path / "runs"
    folder.mkdir()
    page = visit(watch(folder).url)
    start_from_the_form(page)
    expect(page.get_by_role("heading", name="first")).to_be_visible()
    expect(status(page)).to_have_text("running")
    expect(page.locator("h1 ~ .tag")).to_have_text("homework")
    assert moves(page)

    page.get_by_role("button", name="Pause", exact=True).click()
    expect(status(page)).to_have_text("paused")
    run = folder / "first"
    stopped = last_step(run)
    expect(page.locator(".position .number")).to_contain_text(f"step {stopped:,} of")
    page.wait_for_timeout(500)
    assert last_step(run) == stopped
    update_one_player(page, run, "Update D", "discriminator_only")
    update_one_player(page, run, "Update G", "generator_only")

    page.get_by_label("Speed").press("Home")
    page.get_by_label("Speed").press("PageUp")
    expect(page.get_by_text("steps per second")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(status(page)).to_have_text("running")
    assert moves(page)
    kept = Run.open(run).checkpoint_steps()
    page.get_by_role("button", name="Save a checkpoint").click()
    until(lambda: Run.open(run).checkpoint_steps()[-1] > kept[-1], page)
    fork_with_words(page, Run.open(run).checkpoint_steps()[-1])
    fork = Run.open(folder / "second")
    assert fork.experiment.optim.lr == 0.0001

    page.get_by_role("button", name="Stop", exact=True).click()
    dialog = page.get_by_role("dialog", name="Stop this run?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(status(page)).to_have_text("running")
    page.get_by_role("button", name="Stop", exact=True).click()
    dialog.get_by_role("button", name="Stop").click()
    expect(status(page)).to_have_text("stopped")
    assert json.loads((run / "notes.json").read_text())["tags"] == ["homework"]

    page.get_by_role("link", name="All runs").click()
    for name in ("first", "second"):
        page.get_by_label(f"Select {name}").check()
    page.get_by_role("region", name="Compare").get_by_role("link", name="Compare").click()
    expect(page.get_by_role("row", name=re.compile("^optim.lr"))).to_contain_text("0.0001")
    until(lambda: curve_step(page, "Losses: Generator") > stopped, page)
    expect(page.locator("section", has_text="Samples at the same step").locator("img").first).to_be_visible()


def test_a_suggested_remedy_is_forked_from_a_kept_step(visit: Visits, watch: Watch, runs: Path):
    page = visit(watch(runs).url)
    page.get_by_role("link", name="diverged").click()
    expect(status(page)).to_have_text("diverged")
    page.get_by_role("button", name="Fork with remedies.gradient_clipping=true").click()
    dialog = page.get_by_role("dialog", name="Fork with this remedy?")
    expect(dialog.get_by_label("Changes")).to_have_value("remedies.gradient_clipping=true")
    dialog.get_by_label("Changes").press("End")
    dialog.get_by_label("Changes").press_sequentially("\noptim.lr=0.001\ntrain.steps=30")
    expect(dialog.locator("pre")).to_have_text(
        "ganarium fork diverged --at 0 remedies.gradient_clipping=true optim.lr=0.001 train.steps=30"
    )
    dialog.get_by_role("button", name="Start the fork").click()
    expect(page.get_by_role("heading", name="diverged-fork")).to_be_visible()
    expect(status(page)).to_have_text("finished")
    assert "gradient_clipping" in Run.open(runs / "diverged-fork").experiment.remedies
