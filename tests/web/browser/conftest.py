"""What the tests in a real browser share: Chromium, servers and trainings in processes of their own, and small runs."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from tests.web.conftest import HEADERS

import ganarium
from ganarium.core.errors import GanariumError
from ganarium.runs.directory import EVENTS, Run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = Path(__file__).parents[3] / "frontend/node_modules/axe-core/axe.min.js"
PATIENCE = 60.0  # seconds to wait for what must happen, on a busy machine
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
SMALL: dict[str, Any] = {
    "data.count": 200,
    "generator.hidden": [8],
    "discriminator.hidden": [8],
    "train.batch": 8,
    "engine.threads": 1,
    "engine.kernels": "default",
    "engine.compile": "no",
    "record.log_every": 5,
    "record.sample_every": 20,
    "record.monitor_every": 0,
}
expect.set_options(timeout=1000 * PATIENCE)


def words(settings: dict[str, Any]) -> list[str]:
    return [f"{key}={value}".replace(" ", "") for key, value in settings.items()]


@dataclass
class Server:
    """A process of `ganarium watch`."""

    process: "subprocess.Popen[str]"
    url: str

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def get(self, path: str) -> Any:
        return httpx.get(f"{self.url}/api/{path}", timeout=PATIENCE).json()

    def steer(self, run: str, action: str, value: float | None = None) -> None:
        content = {"action": action, "value": value, "seen": None, "by": "test"}
        found = httpx.post(f"{self.url}/api/runs/{run}/steer", json=content, headers=HEADERS, timeout=PATIENCE)
        assert found.status_code == 200, found.text

    def key(self, name: str) -> str:
        (found,) = [one["id"] for one in self.get("runs")["runs"] if one["name"] == name]
        return str(found)

    def end(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=PATIENCE)


@contextmanager
def watching(folder: Path, *flags: str, port: int = 0) -> Iterator[Server]:
    """A server process of a folder of runs, started as people start it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ganarium", "watch", str(folder), "--port", str(port), *flags],
        cwd=folder.parent,
        env=ENVIRONMENT | {"COLUMNS": "1000"},
        stderr=subprocess.PIPE,
        text=True,
    )
    server = None
    try:
        assert process.stderr is not None
        said = process.stderr.readline()
        found = re.search(r"http://\S+?:\d+", said)
        assert found, said + process.stderr.read()
        server = Server(process, found[0])
        yield server
    finally:
        for one in trainings_of(folder):
            one.kill()
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)


@dataclass
class Training:
    """A process that trains a run of a test."""

    pid: int

    def kill(self) -> None:
        with suppress(OSError):
            if b"ganarium" in Path(f"/proc/{self.pid}/cmdline").read_bytes():
                os.kill(self.pid, signal.SIGKILL)


def trainings_of(folder: Path) -> Iterator[Training]:
    """The trainings that a server started."""
    for record in folder.glob(".page/jobs/jobs.jsonl"):
        yield from (Training(int(found)) for found in re.findall(r'"pid": ?(\d+)', record.read_text()))


@contextmanager
def training(path: Path, speed: float | None = 40) -> Iterator["subprocess.Popen[bytes]"]:
    """A training of points that goes on until it is ended; by default slowly, to leave the processor to the browser."""
    settings = [*words(SMALL), "train.steps=1000000"]
    command = [sys.executable, "-m", "ganarium", "train", "ring", *settings, "--out", str(path)]
    path.parent.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(command, cwd=path.parent, env=ENVIRONMENT, stderr=subprocess.DEVNULL)
    try:
        log = path / EVENTS
        while not (log.exists() and b'"span"' in log.read_bytes()):
            assert process.poll() is None
            time.sleep(0.05)
        if speed is not None:
            ganarium.steer(path, "slow", speed)
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs that have ended: two seeds of points, small digits, and one that diverged."""
    folder = tmp_path_factory.mktemp("finished") / "runs"
    for seed in (1, 2):
        ganarium.train("ring", *words(SMALL), f"seed={seed}", steps=60, out=folder / f"ring-{seed}")
    few = {key: value for key, value in SMALL.items() if "hidden" not in key}
    ganarium.train("digits", *words(few), steps=20, out=folder / "digits")
    with pytest.raises(GanariumError, match="not finite"):
        ganarium.train("ring", *words(SMALL), "optim.lr=1e30", steps=60, out=folder / "diverged")
    return folder


@pytest.fixture
def runs(finished: Path, tmp_path: Path) -> Path:
    """A copy of these runs that a test may change."""
    return Path(shutil.copytree(finished, tmp_path / "runs"))


@pytest.fixture(scope="session")
def done(finished: Path) -> Iterator[Server]:
    """A server of these runs, which no test changes."""
    with watching(finished) as server:
        yield server


@pytest.fixture
def watch() -> Iterator[Callable[..., Server]]:
    """Start a server that ends with the test: watch(folder, "--read-only")."""
    with ExitStack() as stack:
        yield lambda *given, **more: stack.enter_context(watching(*given, **more))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser that cannot reach other machines; ended with each module, since it occupies the thread's event loop."""
    if CHROMIUM is None:
        pytest.skip("needs chromium on the PATH (Debian: apt install chromium)")
    alone = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[alone, *(["--no-sandbox"] if os.getuid() == 0 else [])]
        )
        yield browser
        browser.close()


@dataclass
class Visits:
    """Pages in a browser, what they requested and what they wrote to the console as errors."""

    browser: Browser
    expected: tuple[str, ...] = ()
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def __call__(self, address: str, *, size: tuple[int, int] = (1200, 900), **more: Any) -> Page:
        """Open an address in a context of its own, as another person would."""
        options = {"locale": "en-GB", "viewport": {"width": size[0], "height": size[1]}} | more
        context = self.browser.new_context(**options)
        context.set_default_timeout(1000 * PATIENCE)
        self.contexts.append(context)
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("console", lambda message: self.hear(message.type, f"{message.text} {message.location['url']}"))
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        page = context.new_page()
        page.goto(address)
        return page

    def hear(self, kind: str, text: str) -> None:
        if kind == "error" and not any(one in text for one in self.expected):
            self.errors.append(text)

    def outside(self) -> list[str]:
        own = re.compile(r"http://localhost:\d+/|data:|blob:|file:")
        return [url for url in self.requests if not own.match(url)]


@pytest.fixture
def visit(chromium: Browser, watch: Callable[..., Server]) -> Iterator[Visits]:
    """Open pages: visit(address); checks at the end that nothing went elsewhere and that the consoles have no errors.

    Pages end before the servers of `watch`.
    """
    del watch
    visits = Visits(chromium)
    yield visits
    for context in visits.contexts:
        context.close()
    assert visits.outside() == []
    assert visits.errors == []


def curve(page: Page, title: str = "Losses") -> Locator:
    return page.get_by_role("img", name=re.compile(rf"^{title} at step"))


def curve_step(page: Page, title: str = "Losses") -> int:
    """The newest step of a curve."""
    label = curve(page, title).get_attribute("aria-label") or ""
    return int(re.sub(r"\D", "", label.partition(" at step ")[2].partition(":")[0]))


def until(met: Callable[[], bool], page: Page) -> None:
    """Wait for a condition while the page goes on."""
    end = time.monotonic() + PATIENCE
    while not met():
        assert time.monotonic() < end
        page.wait_for_timeout(50)


def moves(page: Page) -> bool:
    """Wait until the curve has further steps and looks different."""
    canvas = curve(page).locator("canvas")
    before, step = canvas.evaluate("one => one.toDataURL()"), curve_step(page)
    until(lambda: curve_step(page) > step, page)
    until(lambda: canvas.evaluate("one => one.toDataURL()") != before, page)
    return True


def status(page: Page) -> Locator:
    return page.locator("h1 ~ * .badge")


def last_step(run: Path) -> int:
    """The newest step in the log of a run."""
    return max(line.event.step for line in Run.open(run).events())
