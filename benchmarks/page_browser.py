"""The page in headless Chromium: time to the list of runs, to the first moving curve, and frames with a long curve."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Locator, Page, sync_playwright

import ganarium
from ganarium.runs.directory import EVENTS
from ganarium.web.run_finder import key_of

TIMES = 5
PATIENCE = 120_000  # milliseconds
CURVE = "[role=img][aria-label^='Losses at step']"
LABEL = f'document.querySelector("{CURVE}")?.ariaLabel'
STEP = f"Number(({LABEL} ?? '').match(/at step ([0-9,]+)/)?.[1].replaceAll(',', ''))"
VISIT = """
(() => {
  const seen = (window.seen = {});
  const look = () => {
    const heading = document.querySelector('h1')?.textContent ?? '';
    const link = document.querySelector("[role=row] a[href^='#/run/']");
    if (link && !seen.listed) {
      seen.listed = performance.now();
      seen.name = link.textContent;
      link.click();
    } else if (seen.listed && location.hash.startsWith('#/run/') && !link) {
      seen.handled ??= performance.now();
      if (heading.endsWith(seen.name)) seen.shown ??= performance.now();
    }
    if (!seen.shown) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""
RECORD = """() => {
  const frames = (window.frames_ = [performance.now()]);
  const look = (now) => { frames.push(now); if (window.frames_ === frames) requestAnimationFrame(look); };
  requestAnimationFrame(look);
}"""
RECORDED = "() => { const found = window.frames_; window.frames_ = null; return found; }"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a headless browser: Debian's Chromium, or the one that Playwright has installed."""
    with sync_playwright() as playwright:
        flags = ["--no-sandbox"] if hasattr(os, "getuid") and os.getuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser) -> Iterator[Page]:
    """Yield a page with an empty cache."""
    # the policy of the page forbids the expressions with which Playwright waits
    context = browser.new_context(bypass_csp=True, locale="en-GB", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def visited(browser: Browser, address: str) -> dict[str, float]:
    """Return the seconds from the navigation to the first paint, the list, and a handled click on its first run."""
    with opened(browser) as page:
        page.add_init_script(VISIT)
        page.goto(address)
        page.wait_for_function("window.seen.shown")
        seen = page.evaluate("window.seen")
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    return {"paint": paint / 1000, **{name: seen[name] / 1000 for name in ("listed", "handled", "shown")}}


def visits(browser: Browser, address: str) -> dict[str, Any]:
    """Return the first visit after the start of a server, and the medians of the next five."""
    first = visited(browser, address)
    later = [visited(browser, address) for _ in range(TIMES)]
    return {"first": first, "median": {name: median(one[name] for one in later) for name in first}}


@contextmanager
def training(run: Path) -> Iterator[None]:
    """Train a run of points until the end of the block, slowly enough to leave the processor to others."""
    words = ["engine.threads=1", "engine.kernels=default", "engine.compile=no", "data.count=200", "record.log_every=5"]
    command = [sys.executable, "-m", "ganarium", "train", "ring", *words, "train.steps=1000000", "--out", str(run)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            while not ((run / EVENTS).exists() and b'"span"' in (run / EVENTS).read_bytes()):
                if process.poll() is not None:
                    raise RuntimeError("the training has ended")
                time.sleep(0.05)
            ganarium.steer(run, "slow", 40)
            yield
        finally:
            process.kill()


def seconds_to_moving_curve(browser: Browser, run: Path) -> float:
    """Return the seconds from the command `ganarium watch` until a curve of a run has drawn a further step."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "ganarium", "watch", str(run.parent), "--port", "0"]
    with (
        opened(browser) as page,
        subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | {"COLUMNS": "1000"}) as process,
    ):
        try:
            assert process.stderr is not None
            found = re.search(r"http://\S+?:\d+", process.stderr.readline())
            assert found
            page.goto(f"{found[0]}/#/run/{key_of(run, run.parent.absolute())}")
            page.wait_for_function(f"{STEP} > 0")
            page.wait_for_function(f"(first) => {STEP} > first", arg=page.evaluate(STEP))
            return time.perf_counter() - began
        finally:
            process.terminate()


def frames_of_a_long_curve(browser: Browser, address: str, key: str, last: int) -> dict[str, dict[str, float]]:
    """Return the frames while the pointer moves across a curve, and while a range is enlarged and shown in full again.

    last: last step of the curve
    """
    with opened(browser) as page:
        page.goto(f"{address}#/run/{key}")
        page.wait_for_function(f"{STEP} === {last}")
        curve = page.locator(f"{CURVE} .u-over").first
        curve.scroll_into_view_if_needed()
        page.wait_for_timeout(1000)
        page.evaluate(RECORD)
        for _ in range(3):
            _move_across(page, curve)
        hovering = frame_rates(page.evaluate(RECORDED))
        page.evaluate(RECORD)
        for part in (0.2, 0.4, 0.6):
            _drag(page, curve, part, part + 0.3)
            page.wait_for_function("location.hash.includes('from=')")
            page.wait_for_timeout(500)
            page.evaluate("location.hash = location.hash.split('?')[0]")
            page.wait_for_timeout(500)
        zooming = frame_rates(page.evaluate(RECORDED))
    return {"hovering": hovering, "zooming": zooming}


def _move_across(page: Page, curve: Locator) -> None:
    box = curve.bounding_box()
    assert box
    for x in range(0, int(box["width"]), 8):
        page.mouse.move(box["x"] + x, box["y"] + box["height"] / 2)


def _drag(page: Page, curve: Locator, start: float, end: float) -> None:
    box = curve.bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], y, steps=10)
    page.mouse.up()


def frame_rates(times: list[float]) -> dict[str, float]:
    """Return frames per second, and the median and the longest time between two frames in milliseconds."""
    gaps = [after - before for before, after in pairwise(times)]
    return {"frames_per_second": 1000 * len(gaps) / sum(gaps), "median": median(gaps), "longest": max(gaps)}
