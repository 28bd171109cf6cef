"""Play with trained generators: pictures and points, links, the keyboard, downloads, and runs that cannot be played."""

import io
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect
from tests.web.browser.conftest import AXE, Server, Visits, until
from tests.web.browser.test_views import OVERHANGING, violations

pytestmark = pytest.mark.slow
Watch = Callable[..., Server]
SLIDER = "Move along direction 1, in standard deviations"
HANDLE = "Place between the corners; arrow keys move it"
BYTES = """async (image) => {
    const answer = await fetch(image.currentSrc);
    return [...new Uint8Array(await answer.arrayBuffer())];
}"""


def address(server: Server, run: str, query: str = "") -> str:
    return f"{server.url}/#/play/{server.key(run)}{query}"


def settled(page: Page) -> None:
    """Wait until everything that is shown is that of the newest state."""
    expect(page.get_by_role("heading", level=2).first).to_be_visible()
    waiting = page.locator("main [aria-busy=true], main p[role=status]")
    expect(waiting).to_have_count(0)


def picture(image: Locator) -> bytes:
    expect(image).to_be_visible()
    return bytes(image.evaluate(BYTES))


def drawing(page: Page, label: str | re.Pattern[str]) -> str:
    """The pixels of a plot of points."""
    plot = page.get_by_role("img", name=label)
    expect(plot).to_be_visible()
    return str(plot.locator("canvas").evaluate("one => one.toDataURL()"))


def downloaded(page: Page, panel: str, button: str) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("region", name=panel).get_by_text(f"Download {button}").click()
    return download.value.path().read_bytes()


def test_all_parts_of_an_image_run_are_shown(visit: Visits, done: Server):
    page = visit(f"{done.url}/#/run/{done.key('digits')}")
    page.get_by_role("link", name="Play with samples").click()
    settled(page)
    for title in ("Samples", "Sample 1", "Between four corners", "Interpolation film"):
        expect(page.get_by_role("region", name=title)).to_be_visible()
    assert page.locator("main img").count() == 8
    expect(page.get_by_role("alert")).to_have_count(0)
    before = picture(page.get_by_alt_text("64 samples of seed 0"))
    page.get_by_role("button", name="New samples").click()
    after = page.get_by_alt_text(re.compile("^64 samples of seed (?!0$)"))
    expect(after).to_be_visible()
    settled(page)
    assert picture(after) != before


def test_a_class_and_the_nearest_training_images_are_shown(visit: Visits, done: Server):
    page = visit(address(done, "digits"))
    settled(page)
    before = picture(page.get_by_alt_text("64 samples of seed 0"))
    page.get_by_label("Class", exact=True).select_option("7")
    page.get_by_label("Show the nearest training images").check()
    expect(page.get_by_alt_text("The training images nearest to this sample, nearest first")).to_be_visible()
    distances = page.get_by_role("list", name="Distances to the sample").locator("li")
    expect(distances).to_have_count(8)
    settled(page)
    assert picture(page.get_by_alt_text("64 samples of seed 0")) != before
    expect(page).to_have_url(re.compile("class=7.*nearest=1"))


def test_a_link_shows_the_same_pictures_to_somebody_else(visit: Visits, done: Server):
    state = "class=3&corners=9,8,7,6&film=4,5&frames=3&move=1.5,-2&sample=11&seed=42&truncation=0.7&x=0.25&y=0.9"
    page = visit(address(done, "digits", f"?{state}"))
    settled(page)
    expect(page).to_have_url(re.compile(r"at=20\b"))
    again = visit(page.url)
    settled(again)
    first, second = ([picture(one) for one in shown.locator("main img").all()] for shown in (page, again))
    assert len(first) == 8
    assert first == second
    expect(again.get_by_label("Seed", exact=True)).to_have_value("42")
    expect(again.get_by_label(SLIDER)).to_have_value("1.5")
    expect(again.get_by_label(HANDLE)).to_have_attribute("aria-valuetext", "25% from the left, 90% from the top")


def test_the_keyboard_moves_a_slider_the_handle_and_the_chosen_sample(visit: Visits, done: Server):
    page = visit(address(done, "digits"))
    settled(page)
    sample, between = page.get_by_alt_text("Sample 1", exact=True), page.get_by_alt_text("Sample between the corners")
    before = picture(sample), picture(between)
    for _ in range(20):
        page.get_by_label(SLIDER).press("ArrowRight")
    page.get_by_label(HANDLE).press("ArrowLeft")
    page.get_by_label(HANDLE).press("ArrowDown")
    expect(page.get_by_label(HANDLE)).to_have_attribute("aria-valuetext", "45% from the left, 55% from the top")
    expect(page).to_have_url(re.compile("move=2&x=0.45&y=0.55"))
    settled(page)
    assert picture(sample) != before[0]
    assert picture(between) != before[1]
    page.get_by_role("button", name="Sample 1 is chosen").press("ArrowDown")
    expect(page.get_by_role("heading", name="Sample 9")).to_be_visible()
    page.get_by_role("button", name="Back to the middle").press("Enter")
    expect(page.get_by_label(SLIDER)).to_have_value("0")


def test_the_mouse_drags_the_handle_and_chooses_a_sample(visit: Visits, done: Server):
    page = visit(address(done, "digits"), size=(1280, 1800))
    settled(page)
    handle, pad = page.get_by_label(HANDLE).bounding_box(), page.locator(".pad").bounding_box()
    assert handle
    assert pad
    page.mouse.move(handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
    page.mouse.down()
    page.mouse.move(pad["x"] + 0.2 * pad["width"], pad["y"] + 0.9 * pad["height"], steps=5)
    page.mouse.up()
    expect(page.get_by_label(HANDLE)).to_have_attribute("aria-valuetext", "20% from the left, 90% from the top")
    grid = page.get_by_role("button", name="Sample 1 is chosen").bounding_box()
    assert grid
    page.mouse.click(grid["x"] + grid["width"] * 0.95, grid["y"] + grid["height"] * 0.95)
    expect(page.get_by_role("heading", name="Sample 64")).to_be_visible()


def test_downloads_are_valid_files(visit: Visits, done: Server):
    page = visit(address(done, "digits", "?film=1,2&frames=4&class=5"))
    settled(page)
    images = np.load(io.BytesIO(downloaded(page, "Samples", "NPZ")))
    assert images["images"].shape[0] == 64
    assert set(images["labels"]) == {5}
    sizes = {}
    for panel in ("Samples", "Sample 1", "Between four corners", "Interpolation film"):
        opened = Image.open(io.BytesIO(downloaded(page, panel, "PNG")))
        opened.load()
        assert opened.format == "PNG"
        sizes[panel] = opened.size
    assert sizes["Sample 1"] == sizes["Between four corners"] == (8 * 28, 8 * 28)
    film = Image.open(io.BytesIO(downloaded(page, "Interpolation film", "GIF")))
    assert (film.format, getattr(film, "n_frames", 0)) == ("GIF", 5)
    page.get_by_role("button", name="Play the film").click()
    expect(page.locator("img[src*='format=gif']")).to_be_visible()


def test_points_are_drawn_and_moved(visit: Visits, done: Server):
    page = visit(address(done, "ring-1"))
    settled(page)
    expect(page.get_by_role("img", name="64 samples of seed 0")).to_be_visible()
    expect(page.get_by_label("Show the nearest training images")).to_have_count(0)
    chosen = page.get_by_role("img", name=re.compile(r"^Sample 1 at \(.+, .+\)"))
    before, place = chosen.get_attribute("aria-label"), drawing(page, "Sample between the corners")
    for _ in range(10):
        page.get_by_label(SLIDER).press("ArrowRight")
    until(lambda: chosen.get_attribute("aria-label") != before, page)
    for _ in range(5):
        page.get_by_label(HANDLE).press("ArrowRight")
    until(lambda: drawing(page, "Sample between the corners") != place, page)
    page.get_by_role("button", name="Sample 1 is chosen").press("ArrowRight")
    expect(page.get_by_role("heading", name="Sample 2")).to_be_visible()
    still = drawing(page, "Interpolation between the seeds")
    page.get_by_role("button", name="Play the film").click()
    until(lambda: drawing(page, "Interpolation between the seeds") != still, page)
    points = np.load(io.BytesIO(downloaded(page, "Samples", "NPZ")))["points"]
    assert points.shape == (64, 2)
    for panel in ("Samples", "Sample 2", "Between four corners", "Interpolation film"):
        assert Image.open(io.BytesIO(downloaded(page, panel, "PNG"))).format == "PNG"


def test_a_link_shows_the_same_points_to_somebody_else(visit: Visits, done: Server):
    page = visit(address(done, "ring-1", "?seed=5&sample=3&x=0.1&move=1&truncation=0.5&film=3,4"))
    settled(page)
    expect(page).to_have_url(re.compile(r"at=60\b"))
    other = visit(page.url)
    settled(other)
    for label in ("64 samples of seed 5", re.compile("^Sample 4 at"), "Sample between the corners", "Interpolation"):
        until(lambda label=label: drawing(page, label) == drawing(other, label), page)  # type: ignore[misc]


@pytest.mark.skipif(not AXE.exists(), reason="needs axe-core, which scripts/page installs")
@pytest.mark.parametrize("run", ["digits", "ring-1"])
@pytest.mark.parametrize(("width", "scheme", "locale"), [(360, "light", "zh-CN"), (1920, "dark", "en-GB")])
def test_every_width_is_accessible_and_needs_no_sideways_scrolling(
    run: str, width: int, scheme: str, locale: str, visit: Visits, done: Server
):
    page = visit(address(done, run, "?nearest=1"), size=(width, 900), color_scheme=scheme, locale=locale)
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(OVERHANGING) == []
    assert violations(page) == []


def test_runs_without_an_intact_checkpoint_say_what_to_do_next(visit: Visits, watch: Watch, runs: Path):
    visit.expected = ("status of 409", "status of 404")
    checkpoints = runs / "ring-1/checkpoints"
    shutil.rmtree(checkpoints)
    for file in (runs / "digits/checkpoints").iterdir():
        file.write_bytes(b"\0" * 100)
    server = watch(runs)
    page = visit(address(server, "ring-1"))
    expect(page.get_by_role("alert")).to_contain_text("this run has no checkpoint yet; to train it: ganarium resume")
    page.goto(address(server, "digits"))
    expect(page.get_by_role("alert")).to_contain_text("to train again: ganarium train")
    page.goto(address(server, "ring-2", "?at=7"))
    expect(page.get_by_role("alert")).to_contain_text("no checkpoint of step 7; kept steps:")
    page.get_by_role("button", name="Newest checkpoint").click()
    expect(page.get_by_role("region", name="Interpolation film")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
