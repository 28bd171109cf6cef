"""Many watchers at once, a lecture, and a report that is opened as a file."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest
from playwright.sync_api import expect
from tests.web.browser.conftest import PATIENCE, Server, Visits, curve, moves, status, training, until

import ganarium

pytestmark = pytest.mark.slow
Watch = Callable[..., Server]


@contextmanager
def audience(server: Server, run: str, size: int) -> Iterator[list[int]]:
    """So many streams of a run; yields how many lines each has received."""
    received, end = [0] * size, Event()

    def follow(number: int) -> None:
        with httpx.stream("GET", f"{server.url}/api/runs/{run}/events", timeout=PATIENCE) as answer:
            for text in answer.iter_lines():
                received[number] += text == "event: line"
                if end.is_set():
                    return

    threads = [Thread(target=follow, args=(number,)) for number in range(size)]
    for thread in threads:
        thread.start()
    try:
        yield received
    finally:
        end.set()
        for thread in threads:
            thread.join(PATIENCE)


def test_with_fifty_watchers_a_browser_stays_usable(visit: Visits, watch: Watch, tmp_path: Path):
    with training(tmp_path / "runs/popular"):
        server = watch(tmp_path / "runs")
        key = server.key("popular")
        with audience(server, key, 50) as received:
            page = visit(f"{server.url}/#/run/{key}")
            assert moves(page)
            page.get_by_role("button", name="Pause", exact=True).click()
            expect(status(page)).to_have_text("paused")
            page.get_by_role("button", name="Continue").click()
            assert moves(page)
            page.get_by_label("Step shown").press("Home")
            expect(page.get_by_alt_text("Grid of generated samples at step 0")).to_be_visible()
            until(lambda: min(received) > 0, page)


def test_a_lecture_shows_a_moving_run_and_offers_no_steering(visit: Visits, watch: Watch, tmp_path: Path):
    with training(tmp_path / "runs/lecture"):
        server = watch(tmp_path / "runs", "--read-only")
        key = server.key("lecture")
        with audience(server, key, 20) as received:
            page = visit(server.url, size=(1920, 1080))
            expect(page.get_by_text("read-only", exact=True)).to_be_visible()
            page.get_by_role("link", name="lecture").click()
            assert moves(page)
            for shown in (
                curve(page),
                page.get_by_role("img", name=re.compile("^The learned discriminator's surface")),
            ):
                expect(shown).to_be_in_viewport(ratio=1)  # without scrolling
            for name in ("Pause", "Update D", "Update G", "Stop", "Fork…", "Save", "Save a checkpoint", "Start a run"):
                expect(page.get_by_text(name, exact=True)).to_have_count(0)
            page.goto(f"{server.url}/#/start")
            expect(page.get_by_text("This server is read-only: runs cannot be started here.")).to_be_visible()
            until(lambda: min(received) > 0, page)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_report_is_shown_from_its_file_without_a_request(language: str, visit: Visits, runs: Path, tmp_path: Path):
    report = tmp_path / "report.html"
    ganarium.write_report(runs / "ring-1", out=report, lang=language)
    page = visit(report.as_uri(), size=(390, 844))
    expect(page.locator("h1")).to_contain_text("ring-1")
    assert page.locator("html").get_attribute("lang") == ("zh-Hans" if language == "zh" else "en")
    broken = "[...document.images].filter((one) => !one.complete || one.naturalWidth === 0).length"
    assert page.evaluate(broken) == 0
    assert page.locator("img").count() > 3
    assert [url for url in visit.requests if not url.startswith("data:")] == [report.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
