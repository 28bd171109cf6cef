"""Every view: languages, widths, light and dark, accessibility, no requests elsewhere; and the keyboard alone."""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.web.browser.conftest import AXE, SMALL, Server, Visits, curve, status, training, words

import ganarium

pytestmark = pytest.mark.slow
Watch = Callable[..., Server]
DOCS = Path(__file__).parents[3] / "docs/images"
SHAPES = {
    "wide": {"size": (1600, 900), "locale": "en-GB", "color_scheme": "light"},
    "phone": {"size": (390, 844), "locale": "en-GB", "color_scheme": "dark", "has_touch": True},
    "phone in Chinese": {"size": (390, 844), "locale": "zh-CN", "color_scheme": "light", "has_touch": True},
    "wide in Chinese": {"size": (1600, 900), "locale": "zh-CN", "color_scheme": "dark"},
}
OVERHANGING = """() => [...document.querySelectorAll('a, button, input, select, textarea, h1, h2, h3, img, canvas')]
    .filter((one) => one.checkVisibility() && !one.closest('.scroll, pre, .hidden, .skip'))
    .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
    .map((one) => one.outerHTML.slice(0, 200))"""


def views(server: Server) -> dict[str, str]:
    """The address of every view, by its name."""
    keys = {name: server.key(name) for name in ("ring-1", "ring-2", "digits", "diverged")}
    hashes = {
        "runs": "#/",
        "digits": f"#/run/{keys['digits']}?step=0",
        "points": f"#/run/{keys['ring-1']}",
        "diverged": f"#/run/{keys['diverged']}",
        "compare": f"#/compare?runs={keys['ring-1']},{keys['ring-2']},{keys['digits']}",
        "start": "#/start?recipe=ring",
    }
    return {name: f"{server.url}/{one}" for name, one in hashes.items()}


def show(page: Page, name: str, address: str) -> None:
    """Open a view and wait until its parts are there."""
    page.goto(address)
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("p[role=status]", has_text=re.compile("^(Loading…|正在加载…)$"))).to_have_count(0)
    if name == "start":
        page.locator("details summary").first.click()
    if name in ("digits", "points", "compare"):
        expect(page.locator(".uplot canvas").first).to_be_visible()
    page.wait_for_load_state("load")


def brightness(page: Page) -> float:
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(map(int, re.findall(r"\d+", colour)[:3])) / 3


@pytest.mark.parametrize("shape", SHAPES)
def test_no_view_is_wider_than_the_window_in_its_language_and_colours(shape: str, visit: Visits, done: Server):
    page = visit("about:blank", **SHAPES[shape])
    for name, address in views(done).items():
        show(page, name, address)
        width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width[0] <= width[1], (name, width)
        assert page.evaluate(OVERHANGING) == [], name
    chinese = "Chinese" in shape
    assert page.locator("html").get_attribute("lang") == ("zh-CN" if chinese else "en")
    expect(page.locator("h1")).to_have_text("新建运行" if chinese else "Start a run")
    assert (brightness(page) > 128) == (SHAPES[shape]["color_scheme"] == "light")


@pytest.mark.parametrize("width", [360, 800, 1280, 1920])
def test_pictures_in_the_list_are_large_enough_to_be_told_apart(width: int, visit: Visits, done: Server):
    page = visit(done.url, size=(width, 900))
    picture = page.get_by_role("row", name="digits").locator("img")
    box = picture.bounding_box()
    assert box
    assert (box["width"], box["height"]) == (72, 72)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_language_and_colours_can_be_chosen_and_are_kept(visit: Visits, done: Server):
    page = visit(done.url)
    page.get_by_label("Language").select_option("zh")
    expect(page.locator("h1")).to_have_text("运行")
    page.get_by_label("配色").select_option("dark")
    assert brightness(page) < 128
    page.reload()
    expect(page.locator("h1")).to_have_text("运行")
    assert brightness(page) < 128


@pytest.mark.skipif(not AXE.exists(), reason="needs axe-core, which scripts/page installs")
@pytest.mark.parametrize(
    ("shape", "names"),
    [("wide", ("runs", "points", "diverged", "compare", "start")), ("phone in Chinese", ("runs", "digits"))],
)
def test_axe_has_no_serious_findings_in_any_view(shape: str, names: Sequence[str], visit: Visits, done: Server):
    page, addresses = visit("about:blank", **SHAPES[shape]), views(done)
    for name in names:
        show(page, name, addresses[name])
        assert serious(page) == [], name
        if name == "diverged":
            page.locator("button", has_text=re.compile("Fork…|分叉…")).click()
            assert serious(page) == [], "dialog"
            page.keyboard.press("Escape")


def serious(page: Page) -> list[Any]:
    """What axe finds that keeps people from using a page."""
    return [found for impact, *found in violations(page) if impact in ("serious", "critical")]


def violations(page: Page) -> list[Any]:
    """What axe finds: impact, rule, element and explanation."""
    found = page.evaluate(
        f"(() => {{ {AXE.read_text()}; return axe.run(document, {{resultTypes: ['violations']}}); }})()"
    )
    return [
        (one["impact"], one["id"], one["nodes"][0]["html"][:300], one["nodes"][0]["failureSummary"][:300])
        for one in found["violations"]
    ]


def test_a_reader_moves_through_all_steps_and_the_address_holds_them(visit: Visits, done: Server):
    page = visit(views(done)["points"])
    slider = page.get_by_label("Step shown")
    expect(slider).to_have_attribute("aria-valuetext", "step 60")
    slider.press("Home")
    expect(page.get_by_alt_text("Grid of generated samples at step 0")).to_be_visible()
    expect(curve(page)).to_have_attribute("aria-label", re.compile("^Losses at step 0:"))
    expect(page).to_have_url(re.compile("step=0"))
    slider.press("ArrowRight")
    shown = page.get_by_alt_text(re.compile("Grid of generated samples at step [1-9]"))
    expect(shown).to_be_visible()
    assert shown.evaluate("one => one.naturalWidth") > 100
    expect(page).to_have_url(re.compile("step=[1-9]"))
    text = shown.get_attribute("alt")
    again = visit(page.url)
    expect(again.get_by_alt_text(text or "")).to_be_visible()


def test_from_the_list_to_a_paused_run_with_the_keyboard_alone(visit: Visits, watch: Watch, tmp_path: Path):
    with training(tmp_path / "runs/mine"):
        page = visit(watch(tmp_path / "runs").url)
        expect(page.get_by_role("link", name="mine")).to_be_visible()
        tab_to(page, "mine")
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
        assert page.evaluate("document.activeElement.tagName") == "H1"
        tab_to(page, "Pause")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        page.keyboard.press("Space")
        expect(status(page)).to_have_text("paused")


def tab_to(page: Page, text: str) -> None:
    """Press the tabulator until the element with a text has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == text:
            return
    raise AssertionError(f"no way to {text}")


@pytest.mark.skipif(
    "GANARIUM_PICTURES" not in os.environ, reason="GANARIUM_PICTURES=1 takes the pictures of docs/page.md"
)
def test_pictures_of_the_documentation(visit: Visits, watch: Watch, tmp_path: Path):
    import ganarium

    engine = {"kernels": "default", "compile": "no", "threads": 1}
    ganarium.train("digits", steps=400, engine=engine, out=tmp_path / "runs/digits")
    server = watch(tmp_path / "runs")
    page = visit(f"{server.url}/#/run/{server.key('digits')}", size=(1200, 1000))
    expect(curve(page)).to_be_visible()
    page.wait_for_timeout(500)
    page.screenshot(path=DOCS / "page-run.png")
    page.goto(f"{server.url}/#/play/{server.key('digits')}?seed=3")
    expect(page.get_by_role("img").first).to_be_visible(timeout=60_000)
    page.wait_for_timeout(3_000)
    page.screenshot(path=DOCS / "page-play.png")
    for name in ("page-run.png", "page-play.png"):
        assert (DOCS / name).stat().st_size < 250_000


def test_a_study_is_a_group_that_is_folded_and_compared(visit: Visits, watch: Watch, tmp_path: Path):
    variants = {"plain": [], "r1": ["remedies.r1=true"]}
    settings = words(SMALL | {"train.steps": 20})
    ganarium.study("ring", *settings, variants=variants, seeds=2, n=60, out=tmp_path / "runs/tiny", workers=1)
    page = visit(watch(tmp_path / "runs").url)
    group = page.get_by_role("button", name="Study: tiny")
    expect(page.get_by_text("4 finished")).to_be_visible()
    expect(page.get_by_role("row", name="plain-seed0")).to_contain_text("plain")
    group.click()
    expect(group).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_role("row", name="plain-seed0")).to_be_hidden()
    page.get_by_role("link", name="Compare the runs of tiny").click()
    expect(page.get_by_role("heading", name="Compare", exact=True)).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^remedies.r1")).first).to_be_visible()
    for variant in ("plain", "r1"):
        expect(page.get_by_text(f"{variant} (mean and range of 2 seeds)")).to_be_visible()
