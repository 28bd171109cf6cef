"""The tour: from an empty folder to digits with the keyboard alone, and its looks, languages and troubles."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.web.browser.conftest import AXE, Server, Visits, watching
from tests.web.browser.test_views import OVERHANGING, serious, tab_to
from tests.web.test_lessons import words

import ganarium
from ganarium.runs.directory import Run

pytestmark = pytest.mark.slow
Watch = Callable[..., Server]
CHAPTERS = ("points", "curves", "collapse", "cure", "digits")
SAMPLER = 180_000  # milliseconds in which a busy server has imported torch and computed the first samples
COLLAPSES = 700  # steps after which the diagnosis is certain
SHAPES = {
    "projector": {"size": (1920, 1080), "locale": "en-GB", "color_scheme": "light"},
    "small phone in Chinese": {"size": (360, 740), "locale": "zh-CN", "color_scheme": "dark", "has_touch": True},
}


@pytest.fixture(scope="module")
def toured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the four runs of the tour, which no test changes."""
    folder = tmp_path_factory.mktemp("toured") / "runs"
    ganarium.train("ring", *words("points"), steps=300, out=folder / "points")
    run = ganarium.train("ring", *words("collapse"), steps=COLLAPSES, out=folder / "collapse")
    ganarium.fork(run, COLLAPSES, *words("cure"), steps=COLLAPSES + 300, out=folder / "cure")
    ganarium.train("digits", *words("digits"), "train.seconds=5", out=folder / "digits")
    with watching(folder) as server:
        yield server


def address(server: Server, chapter: str) -> str:
    names = {lesson: server.key(lesson) for lesson in ("points", "collapse", "cure", "digits")}
    return f"{server.url}/#/learn?chapter={chapter}&" + "&".join(f"{name}={key}" for name, key in names.items())


def tab_to_label(page: Page, label: str) -> None:
    """Press the tabulator until the field with a label has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.labels?.[0]?.textContent") == label:
            return
    raise AssertionError(f"no way to {label}")


def start(page: Page, label: str, length: int) -> None:
    """Start the run of a chapter with a length, with the keyboard."""
    tab_to_label(page, label)
    page.keyboard.press("Control+a")
    page.keyboard.type(str(length))
    page.keyboard.press("Enter")


def heading(page: Page, text: str) -> None:
    """Expect that the heading of a chapter is shown and has the focus."""
    expect(page.get_by_role("heading", name=text)).to_be_focused()


def told(page: Page) -> Locator:
    return page.locator(".text .notice")


def last_loss(server: Server, key: str, player: str) -> str:
    return f"{server.get(f'runs/{key}/curves')['series'][player][-1]:.3g}"


def test_the_tour_from_an_empty_folder_with_the_keyboard_alone(visit: Visits, watch: Watch, tmp_path: Path):
    folder = tmp_path / "runs"
    folder.mkdir()
    server = watch(folder)
    page = visit(server.url)
    expect(page.get_by_text("There are no runs in this folder yet.")).to_be_visible()
    tab_to(page, "Learn with a guided first run")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_be_focused()
    expect(told(page)).to_contain_text("Start the run.")
    start(page, "Steps", 300)
    heading(page, "1. Points in the plane")
    expect(page.get_by_role("img", name=re.compile("learned discriminator's surface"))).to_be_visible()
    expect(told(page)).to_contain_text(re.compile(r"The run is finished. The generated points reach \d of 8"))
    read_the_curves(page, server)
    collapse_and_cure(page, folder)
    tab_to(page, "Next: Digits")
    page.keyboard.press("Enter")
    heading(page, "5. Digits")
    start(page, "Seconds of training", 6)
    expect(told(page)).to_contain_text("The run is finished.")
    choose_a_label(page)
    tab_to(page, "The page of your run: steer it, fork it, read its settings and papers")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="digits")).to_be_visible()


def read_the_curves(page: Page, server: Server) -> None:
    tab_to(page, "Next: What the curves say")
    page.keyboard.press("Enter")
    heading(page, "2. What the curves say")
    key = re.search(r"points=(\w+)", page.url)
    assert key
    expect(
        page.get_by_text(f"Your discriminator’s loss is {last_loss(server, key[1], 'discriminator.objective')}.")
    ).to_be_visible()
    expect(page.get_by_text(f"Your generator’s loss is {last_loss(server, key[1], 'generator')}.")).to_be_visible()
    expect(page.get_by_text("log 4 = 1.39")).to_be_visible()
    expect(page.get_by_text(re.compile(r"\(written D\(x\)\) and generated points 0\.\d+"))).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("^Histograms at step 300"))).to_be_visible()


def collapse_and_cure(page: Page, folder: Path) -> None:
    tab_to(page, "Next: A collapse, on purpose")
    page.keyboard.press("Enter")
    heading(page, "3. A collapse, on purpose")
    start(page, "Steps", COLLAPSES)
    heading(page, "3. A collapse, on purpose")
    expect(told(page)).to_contain_text(re.compile("The run has collapsed: [1-4] of 8 modes are left"))
    expect(page.get_by_role("heading", name="mode collapse")).to_be_visible()
    page.reload()
    expect(told(page)).to_contain_text("The run has collapsed")
    tab_to(page, "Next: The cure")
    page.keyboard.press("Enter")
    heading(page, "4. The cure")
    start(page, "Steps", 300)
    expect(told(page)).to_contain_text(re.compile("Before it, [1-4] of 8 modes were generated; now [5-8] of 8"))
    expect(page.locator(".pair img")).to_have_count(2)
    fork = Run.open(folder / "ring-2-fork").experiment
    assert fork.objective.kind == "relativistic"
    assert {"r1", "r2"} <= {*fork.remedies}


def choose_a_label(page: Page) -> None:
    """Another label gives other samples."""
    picture = page.get_by_alt_text(re.compile("^Generated samples with the label 0"))
    expect(picture).to_be_visible(timeout=SAMPLER)
    tab_to_label(page, "Label")
    page.keyboard.press("3")
    expect(page.get_by_alt_text(re.compile("^Generated samples with the label 3"))).to_be_visible()


def test_a_stopped_run_and_a_missing_one_are_told_and_can_be_started_again(visit: Visits, watch: Watch, tmp_path: Path):
    visit.expected = ("404 (Not Found)",)
    folder = tmp_path / "runs"
    folder.mkdir()
    server = watch(folder)
    page = visit(f"{server.url}/#/learn")
    page.get_by_label("Steps").fill("0")
    expect(page.get_by_text("Give a whole number from 1 to 100,000.")).to_be_visible()
    expect(page.get_by_role("button", name="Start the first run")).to_be_disabled()
    page.get_by_label("Steps").fill("100000")
    page.get_by_role("button", name="Start the first run").click()
    expect(told(page)).to_contain_text("Discs are real points")
    server.steer(server.key("ring"), "stop")
    expect(told(page)).to_contain_text("The run was stopped before its end.")
    expect(page.get_by_role("button", name="Start again")).to_be_enabled()
    page.goto(f"{server.url}/#/learn?points=0123456789ab")
    page.reload()
    expect(told(page)).to_contain_text("no longer exists")
    page.get_by_label("Steps").fill("20")
    page.get_by_role("button", name="Start again").click()
    expect(told(page)).to_contain_text("The run is finished.")
    page.goto(f"{server.url}/#/learn?chapter=cure")
    expect(told(page)).to_contain_text("This chapter repairs the collapsed run.")
    expect(page.get_by_role("link", name="Go to the chapter: A collapse, on purpose")).to_be_visible()


def test_a_read_only_server_shows_the_tour_with_existing_runs(visit: Visits, watch: Watch, runs: Path, tmp_path: Path):
    page = visit(f"{watch(runs, '--read-only').url}/#/learn")
    expect(page.get_by_text("This server is read-only. The tour starts runs")).to_be_visible()
    expect(page.get_by_role("heading", name="Points in the plane", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Start"))).to_have_count(0)
    (tmp_path / "empty").mkdir()
    page.goto(f"{watch(tmp_path / 'empty', '--read-only').url}/#/learn")
    expect(told(page)).to_contain_text("There is no run in this folder that fits this chapter.")


@pytest.mark.parametrize("shape", SHAPES)
def test_every_chapter_fits_its_window_and_axe_finds_nothing_serious(shape: str, visit: Visits, toured: Server):
    page = visit("about:blank", **SHAPES[shape])
    for chapter in CHAPTERS:
        page.goto(address(toured, chapter))
        page.reload()
        expect(page.locator(".picture .uplot canvas").first).to_be_visible()
        expect(told(page)).to_be_visible()
        expect(page.locator("p", has_text=re.compile("^(Loading…|正在加载…)$"))).to_have_count(0, timeout=SAMPLER)
        width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width[0] <= width[1], (chapter, width)
        assert page.evaluate(OVERHANGING) == [], chapter
        if AXE.exists():
            assert serious(page) == [], chapter
    chinese = "Chinese" in shape
    expect(page.locator("h1")).to_have_text("学习：你的第一个 GAN" if chinese else "Learn: your first GANs")
