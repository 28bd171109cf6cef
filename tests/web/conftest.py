"""What the tests of the page share: small runs that are written without training, and real server processes."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
import uvicorn
from PIL import Image

from ganarium.config.experiment import Experiment
from ganarium.plotting.images import png
from ganarium.runs.directory import EVENTS, Run
from ganarium.runs.folders import create_run
from ganarium.runs.provenance import current_provenance
from ganarium.testing.training import small
from ganarium.web import index
from ganarium.web.app import create_app
from ganarium.web.security import Rules

UVICORN: dict[str, Any] = {"log_config": None, "server_header": False, "timeout_graceful_shutdown": 1, "ws": "none"}
HEADERS = {"X-Ganarium": "1", "Content-Type": "application/json"}
FACTS = {"data_hash": "0", "shape": (1, 16, 16), "classes": ("a", "b"), "untrained": (), "parts": {}}
SERVER = """
import sys
from pathlib import Path
from ganarium.web.serve import serve
folder, host, flags = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
serve(folder, host, 0, lambda address: print(address.with_token, flush=True), read_only="read_only" in flags,
      token="token" in flags)
"""


def line(seq: int, kind: str, step: int, phase: int = 0, **more: Any) -> dict[str, Any]:
    return {"format": 1, "seq": seq, "kind": kind, "step": step, "phase": phase, "time": step / 100.0} | more


def span(seq: int, step: int, loss: float = 1.0, phase: int = 0) -> dict[str, Any]:
    return line(seq, "span", step, phase, means={"discriminator": loss, "generator": loss / 2, "judged.real": 0.5})


def write_log(run: Path, lines: Sequence[dict[str, Any] | str]) -> None:
    texts = (one if isinstance(one, str) else json.dumps(one, separators=(",", ":")) for one in lines)
    with (run / EVENTS).open("a") as file:
        file.writelines(text + "\n" for text in texts)


def new_run(path: Path, *lines: dict[str, Any] | str, experiment: Experiment | None = None, parent: str = "") -> Run:
    """A run with a log, which nothing trained."""
    run = create_run(path, experiment or small(), current_provenance(FACTS, parent=parent))
    if lines:
        write_log(path, lines)
    run.save_sample("step-00000010", png(Image.new("L", (8, 8))))
    return run


@contextmanager
def page_with(folder: Path, rules: Rules) -> Iterator[httpx.Client]:
    """A client of the application, which is served by a thread of this process."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        app = create_app(folder, replace(rules, port=port))
        server = uvicorn.Server(uvicorn.Config(app, **UVICORN))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


@dataclass
class Page:
    """A client of the application, and the folder of runs."""

    client: httpx.Client
    folder: Path

    def get(self, path: str, **more: Any) -> Any:
        found = self.client.get(f"/api/{path}", **more)
        return found.json() | {"status_code": found.status_code}

    def send(self, method: str, path: str, content: Any) -> Any:
        found = self.client.request(method, f"/api/{path}", content=json.dumps(content), headers=HEADERS)
        return found.json() | {"status_code": found.status_code}

    def summary(self, name: str) -> dict[str, Any]:
        return next(one for one in self.get("runs")["runs"] if one["name"] == name)

    def key(self, name: str) -> str:
        found: str = self.summary(name)["id"]
        return found


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    monkeypatch.setattr(index, "FRESH", 0.0)
    folder = tmp_path / "runs"
    folder.mkdir()
    with page_with(folder, Rules()) as client:
        yield Page(client, folder)


@dataclass
class Server:
    """A real server process."""

    process: "subprocess.Popen[str]"
    address: str
    log: Path

    @property
    def url(self) -> str:
        return self.address.partition("#")[0].rstrip("/")

    @property
    def token(self) -> str:
        return self.address.partition("#token=")[2]

    def memory(self) -> int:
        """Resident memory, in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) >> 10

    def get(self, path: str, **more: Any) -> Any:
        return httpx.get(f"{self.url}/api/{path}", timeout=60, **more).json()

    def send(self, method: str, path: str, content: Any) -> Any:
        return httpx.request(method, f"{self.url}/api/{path}", json=content, headers=HEADERS, timeout=60).json()

    def until(self, path: str, met: Callable[[Any], bool], seconds: float = 120) -> Any:
        """The answer at a path once it meets a condition."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.get(path)
            if met(found):
                return found
            time.sleep(0.1)
        raise AssertionError(f"{path}: still {json.dumps(found)[:2000]}")


def end_process(pid: int) -> None:
    """End a training that a server started, if it is still one of this test."""
    with suppress(OSError):
        if b"ganarium" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start a real server: serve(folder, "read_only", host="0.0.0.0")."""
    started: list[subprocess.Popen[str]] = []

    def start(folder: Path, *flags: str, host: str = "127.0.0.1") -> Server:
        log = tmp_path / f"server-{len(started)}.log"
        with log.open("w") as errors:
            process = subprocess.Popen(
                [sys.executable, "-c", SERVER, str(folder), host, *flags],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=tmp_path,
                env=os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
            )
        started.append(process)
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address, log.read_text()
        return Server(process, address, log)

    yield start
    for process in started:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    for record in tmp_path.rglob(".page/jobs/jobs.jsonl"):
        for text in record.read_text().splitlines():
            end_process(json.loads(text)["pid"])
