"""Points are drawn with the mouse, a finger or the keyboard, or read from a table, and a run is trained on them."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, expect
from tests.web.browser.conftest import AXE, SMALL, Server, Visits, status, until, words
from tests.web.browser.test_views import OVERHANGING, SHAPES, serious, tab_to

from ganarium.runs.directory import Run

pytestmark = pytest.mark.slow
Watch = Callable[..., Server]
Position = tuple[float, float]
FAST = "\n".join(
    words({key: value for key, value in SMALL.items() if key not in ("data.count", "record.sample_every")})
)
DROP = """([name, text]) => {
    const dropped = new DataTransfer();
    dropped.items.add(new File([text], name, { type: 'text/csv' }));
    return dropped;
}"""


@pytest.fixture
def server(watch: Watch, tmp_path: Path) -> Server:
    """A server of an empty folder."""
    (tmp_path / "runs").mkdir()
    return watch(tmp_path / "runs")


def area(page: Page) -> Locator:
    return page.get_by_role("application", name="Drawing area")


def stroke(page: Page, path: Sequence[Position]) -> None:
    """Draw with the mouse through positions from 0 to 1, y upwards."""
    box = area(page).bounding_box()
    assert box is not None
    for i, (x, y) in enumerate(path):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + (1 - y) * box["height"], steps=4)
        if i == 0:
            page.mouse.down()
    page.mouse.up()


def count(page: Page) -> int:
    return int(re.sub(r"\D", "", page.locator("b[role=status]").inner_text()))


def picture(page: Page) -> str:
    return str(area(page).locator("canvas").evaluate("one => one.toDataURL()"))


def start(page: Page, name: str, steps: int = 20) -> None:
    page.get_by_label("Steps", exact=True).fill(str(steps))
    page.get_by_label("Name of the run (optional)").fill(name)
    page.get_by_label("Other settings (optional)").fill(FAST)
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def open_table(page: Page, name: str, text: str) -> None:
    file: Any = {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    page.locator("input[type=file]").set_input_files(file)


def real_points(server: Server, name: str) -> NDArray[Any]:
    """The real points that the page of a run shows."""
    return np.array(server.get(f"runs/{server.key(name)}/plane")["data"]["points"])


def contains(points: NDArray[Any], some: NDArray[Any]) -> bool:
    """Return whether each of some points is one of the points, up to the digits that snapshots have."""
    apart = np.abs(points[None] - some[:, None]).max(2).min(1)
    return bool(len(some) > 0 and apart.max() < 6e-4 * np.abs(points).max())


def test_a_run_trains_on_what_was_drawn_with_the_mouse_and_shows_it(visit: Visits, server: Server, tmp_path: Path):
    page = visit(server.url)
    page.get_by_role("navigation").get_by_role("link", name="Draw").click()
    expect(page.get_by_role("button", name="Start training")).to_be_disabled()
    empty = picture(page)
    stroke(page, [(0.1, 0.1), (0.3, 0.4), (0.4, 0.1)])  # in the lower left quarter
    drawn = count(page)
    assert drawn > 50
    assert picture(page) != empty
    start(page, "mine")
    expect(status(page)).to_have_text("finished")
    expect(page.get_by_role("img", name=re.compile("learned discriminator's surface at step 20"))).to_be_visible()
    experiment = Run.open(tmp_path / "runs/mine").experiment
    assert (experiment.recipe, experiment.train.steps) == ("plane", 20)
    shown = real_points(server, "mine")
    assert 0.7 * drawn < len(shown) <= drawn
    assert (shown < 0).all()
    (stored,) = (tmp_path / "runs/data").iterdir()
    assert len(np.load(stored)["points"]) == drawn
    assert contains(np.load(stored)["points"], shown)
    page.go_back()
    expect(page.locator("h1")).to_have_text("Draw your own data")
    assert count(page) == drawn


def test_the_same_strokes_give_the_same_points_and_can_be_erased_and_undone(visit: Visits, server: Server):
    pictures = []
    for _ in range(2):
        page = visit(f"{server.url}/#/draw")
        page.get_by_role("slider", name=re.compile("^Width")).fill("0.2")
        page.get_by_role("slider", name=re.compile("^Density")).fill("50")
        stroke(page, [(0.2, 0.5), (0.8, 0.5)])
        page.get_by_role("button", name="Spiral").click()
        page.get_by_role("button", name="Add the letter").click()
        pictures.append(picture(page))
    assert pictures[0] == pictures[1]
    drawn = count(page)
    assert drawn > 2100
    page.get_by_label("Eraser").check()
    stroke(page, [(0.2, 0.5), (0.8, 0.5)])
    erased = count(page)
    assert 500 < erased < drawn - 150
    for button, left in (
        ("Undo", drawn),
        ("Redo", erased),
        ("Undo", drawn),
        ("Clear", 0),
        ("Undo", drawn),
        ("Undo", drawn - 1000),
    ):
        page.get_by_role("button", name=button).click()
        assert count(page) == left
    for _ in range(21):
        page.get_by_role("button", name="Two moons").click()
    assert count(page) == 20_000
    expect(page.get_by_text("20,000 points are the most")).to_be_visible()


def test_a_dropped_table_is_shown_and_trained_on(visit: Visits, server: Server):
    page = visit(f"{server.url}/#/draw")
    rows = np.random.default_rng(1).normal([500, -20], [30, 5], (300, 2)).round(3)
    text = "id,X,Y\n" + "".join(f"a{i},{x},{y}\n" for i, (x, y) in enumerate(rows))
    page.get_by_role("button", name="Two moons").click()
    area(page).dispatch_event("drop", {"dataTransfer": page.evaluate_handle(DROP, ["cloud.csv", text])})
    expect(page.get_by_text("300 points from cloud.csv")).to_be_visible()
    assert count(page) == 300
    start(page, "cloud")
    expect(status(page)).to_have_text("finished")
    assert contains(rows, real_points(server, "cloud"))


FAULTY = {
    "x,y\n1,2\n3,four\n5,6\n": "line 3, column 2: “four” is not a number.",
    "x,y\n1,2\n3,<b>4</b>\n5,6\n": "line 3, column 2: “<b>4</b>” is not a number.",
    "x,y\n1,2\n3\n5,6\n": "line 3: the number of fields is 1, but 2 in the first line.",
    "1,2\n" * 20_001: "20,001 points; give at most 20,000.",
    "1,2\n3,4\n": "2 points; give at least 3.",
    "": "the table is empty.",
}


def test_a_faulty_table_is_refused_with_its_line_and_the_drawing_stays(visit: Visits, done: Server):
    page = visit(f"{done.url}/#/draw")
    page.get_by_role("button", name="Spiral").click()
    for text, message in FAULTY.items():
        open_table(page, "bad.csv", text)
        expect(page.get_by_text(f"Cannot use bad.csv: {message}")).to_be_visible()
        assert count(page) == 1000


def test_wrong_settings_are_told_and_can_be_corrected(visit: Visits, server: Server):
    visit.expected = ("(Bad Request)", "(Unprocessable")
    page = visit(f"{server.url}/#/draw")
    open_table(page, "few.csv", "1,2\n1,2\n1,2\n")
    expect(page.get_by_text("Draw at least 3 different points.")).to_be_visible()
    expect(page.get_by_role("button", name="Start training")).to_be_disabled()
    page.get_by_role("button", name="Grid of 25").click()
    page.get_by_label("Other settings (optional)").fill("optim.lr=much")
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_role("alert")).to_contain_text("optim.lr")
    start(page, "corrected")


def test_points_are_drawn_and_trained_on_with_the_keyboard_alone(visit: Visits, server: Server, tmp_path: Path):
    page = visit(f"{server.url}/#/start")
    expect(page.get_by_role("link", name="Draw your own data")).to_be_visible()
    tab_to(page, "Draw your own data")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Draw your own data")
    focused = "document.activeElement.getAttribute('role')"
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate(focused) == "application":
            break
    assert page.evaluate(focused) == "application"
    for key in (
        "Shift+ArrowLeft",
        "Shift+ArrowLeft",
        "ArrowDown",
        "Space",
        *["Shift+ArrowRight"] * 4,
        "Space",
        "ArrowUp",
    ):
        page.keyboard.press(key)
    drawn = count(page)
    assert drawn > 50
    expect(page.get_by_text(re.compile(rf"^0\.6, 0; {drawn} points$"))).to_be_attached()
    page.keyboard.press("Control+z")
    assert count(page) == 0
    page.keyboard.press("Control+Shift+Z")
    assert count(page) == drawn
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "draw-steps":
            break
    page.keyboard.press("Control+a")
    page.keyboard.type("20")
    page.keyboard.press("Tab")
    page.keyboard.type("keys")
    page.keyboard.press("Tab")
    page.keyboard.type(FAST)
    tab_to(page, "Start training")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="keys")).to_be_visible()
    until(lambda: Run.open(tmp_path / "runs/keys").experiment.train.steps == 20, page)
    expect(status(page)).to_have_text("finished")


def test_a_finger_draws_on_a_phone_without_moving_the_page(visit: Visits, done: Server):
    page = visit(f"{done.url}/#/draw", size=(360, 740), has_touch=True, is_mobile=True)
    area(page).scroll_into_view_if_needed()
    box = area(page).bounding_box()
    assert box is not None
    finger = page.context.new_cdp_session(page)
    scrolled = page.evaluate("scrollY")
    for i in range(10):
        at = {"x": box["x"] + 40, "y": box["y"] + box["height"] - 40 - 15 * i}
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove" if i else "touchStart", "touchPoints": [at]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    until(lambda: count(page) > 50, page)
    assert page.evaluate("scrollY") == scrolled


@pytest.mark.skipif(not AXE.exists(), reason="needs axe-core, which scripts/page installs")
@pytest.mark.parametrize("shape", ["wide", "wide in Chinese"])
def test_the_view_fits_its_window_and_axe_has_no_serious_findings(shape: str, visit: Visits, done: Server):
    page = visit(f"{done.url}/#/draw", **SHAPES[shape])
    page.get_by_role("button", name=re.compile("Two moons|双月")).click()
    open_table(page, "bad.csv", "x")
    expect(page.get_by_text(re.compile("bad.csv"))).to_be_visible()
    for width in (360, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        assert page.evaluate(OVERHANGING) == [], width
        assert serious(page) == [], width


def test_a_read_only_page_offers_no_drawing(visit: Visits, watch: Watch, finished: Path):
    page = visit(f"{watch(finished, '--read-only').url}/#/draw")
    expect(page.get_by_text("This server is read-only: nothing can be drawn or trained here.")).to_be_visible()
    expect(page.get_by_role("link", name="Draw")).to_have_count(0)
    expect(area(page)).to_have_count(0)
