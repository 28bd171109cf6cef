"""A real server process: trainings that it starts, watchers, kills, slow readers and long logs."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from tests.web.conftest import HEADERS, Server, line, new_run, span, write_log

from ganarium.core.errors import UsageError
from ganarium.runs import lock_state
from ganarium.runs.directory import EVENTS, Run
from ganarium.web.errors import PageError
from ganarium.web.jobs import Jobs
from ganarium.web.serve import serve as serve_here
from ganarium.web.streams import MOST_STREAMS

pytestmark = pytest.mark.slow
Serve = Callable[..., Server]
TINY = (
    *("data.count=200", "generator.hidden=[8]", "discriminator.hidden=[8]", "train.batch=8", "engine.threads=1"),
    *("engine.kernels=default", "engine.compile=no", "record.log_every=10", "record.sample_every=0"),
    "record.monitor_every=0",
)


@contextmanager
def stream(server: Server, path: str) -> Iterator[Iterator[tuple[str, Any]]]:
    """The events of a stream, as (name, data)."""
    with httpx.stream("GET", f"{server.url}/api/{path}", timeout=60) as answer:
        assert answer.status_code == 200
        yield parsed(answer.iter_lines())


def parsed(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    name = ""
    for text in lines:
        if text.startswith("event: "):
            name = text[7:]
        elif text.startswith("data: "):
            yield name, json.loads(text[6:])


def until(events: Iterator[tuple[str, Any]], wanted: Callable[[str, Any], bool]) -> Any:
    return next(data for name, data in events if wanted(name, data))


def test_a_run_is_started_watched_steered_stopped_forked_and_compared(serve: Serve, tmp_path: Path):
    """The whole way of a lecture, with real trainings; the server never imports torch."""
    server = serve(tmp_path / "runs")
    words = [*TINY, "train.steps=1000000"]
    started = server.send("POST", "runs", {"recipe": "ring", "words": words, "name": "my run"})
    job = server.until(f"jobs/{started['job']}", lambda found: found["status"] != "starting")
    assert job["status"] == "running", job["output"]
    key = job["run"]
    with stream(server, f"runs/{key}/events") as events:
        assert next(events)[1]["status"] == "running"
        until(events, lambda name, data: name == "line" and any(one["kind"] == "span" for one in data))
        steer = f"runs/{key}/steer"
        assert server.send("POST", steer, {"action": "pause", "seen": None, "by": "me"}) == {"accepted": True}
        paused = until(events, lambda name, data: name == "status" and data["status"] == "paused")
        assert paused["memory"] > 10
        for player in ("discriminator", "generator"):
            server.send("POST", steer, {"action": player, "seen": None, "by": "me", "value": 2})
            until(
                events,
                lambda name, data: name == "line" and any(one.get("action") == "pause" for one in data),
            )
        refused = server.send("POST", steer, {"action": "continue", "seen": paused["steered"], "by": "you"})
        assert refused["by"] == "me"
        server.send("POST", steer, {"action": "continue", "seen": None, "by": "me"})
        until(events, lambda name, data: name == "status" and data["status"] == "running")
        server.send("POST", steer, {"action": "stop", "seen": None, "by": "me"})
        until(events, lambda name, data: name == "status" and data["status"] == "stopped")
    job = server.until(f"jobs/{started['job']}", lambda found: found["status"] != "running")
    assert job["status"] == "done", job
    settings = {one["key"]: one["value"] for one in server.get(f"runs/{key}")["settings"]}
    assert len(settings["train.discriminator_only"]) == len(settings["train.generator_only"]) == 2
    step = server.get(f"runs/{key}")["checkpoints"][-1]
    forked = server.send(
        "POST", f"runs/{key}/fork", {"at": step, "words": ["optim.lr=0.0001", f"train.steps={step + 50}"]}
    )
    assert forked["name"] == "my run-fork"
    job = server.until(f"jobs/{forked['job']}", lambda found: found["status"] in ("done", "failed"))
    assert job["status"] == "done", job["output"]
    fork = server.get(f"runs/{job['run']}")
    assert (fork["summary"]["parent"], fork["summary"]["status"]) == (key, "finished")
    compared = server.get(f"compare?runs={key},{job['run']}")
    assert {"key": "optim.lr", "values": [settings["optim.lr"], 0.0001]} in compared["settings"]
    resumed = server.send("POST", f"runs/{job['run']}/resume", {"steps": step + 100})
    server.until(f"jobs/{resumed['job']}", lambda found: found["status"] == "done")
    assert server.get(f"runs/{job['run']}")["summary"]["step"] == step + 100
    maps = Path(f"/proc/{server.process.pid}/maps")
    assert not maps.exists() or "libtorch" not in maps.read_text()


def test_a_training_outlives_the_server_that_started_it(serve: Serve, tmp_path: Path):
    server = serve(tmp_path / "runs")
    started = server.send("POST", "runs", {"recipe": "ring", "words": [*TINY, "train.steps=1000000"]})
    server.until(f"jobs/{started['job']}", lambda found: found["status"] == "running")
    server.process.send_signal(signal.SIGINT)
    server.process.wait(30)
    run = Run.open(tmp_path / "runs" / "ring")
    before = len(run.events())
    while len(run.events()) < before + 3:
        time.sleep(0.1)
    again = serve(tmp_path / "runs")
    (found,) = again.get("runs")["runs"]
    assert found["status"] == "running"
    again.send("POST", f"runs/{found['id']}/steer", {"action": "stop", "seen": None})
    again.until("runs", lambda found: found["runs"][0]["status"] == "stopped")


def test_a_training_that_fails_says_why_and_leaves_no_folder(serve: Serve, tmp_path: Path):
    server = serve(tmp_path / "runs")
    started = server.send("POST", "runs", {"recipe": "digits", "words": ["data.folder=/none"], "name": "x"})
    found = server.until(f"jobs/{started['job']}", lambda found: found["status"] == "failed")
    assert "/none" in found["output"]
    assert found["run"] is None
    assert not (tmp_path / "runs" / "x").exists()


def test_a_job_is_known_to_the_next_server(serve: Serve, tmp_path: Path):
    """One that was starting when the server ended is followed; the output of one that failed is found."""
    runs = tmp_path / "runs"
    server = serve(runs)
    good = server.send("POST", "runs", {"recipe": "ring", "words": [*TINY, "train.steps=1000000"], "name": "good"})
    bad = server.send("POST", "runs", {"recipe": "digits", "words": ["data.folder=/none"], "name": "bad"})
    server.process.send_signal(signal.SIGKILL)
    server.process.wait(30)
    assert not (runs / "good" / "experiment.toml").exists()
    again = serve(runs)
    assert again.get(f"jobs/{good['job']}")["status"] in ("starting", "running")
    job = again.until(f"jobs/{good['job']}", lambda found: found["status"] != "starting")
    assert job["status"] == "running", job
    again.send("POST", f"runs/{job['run']}/steer", {"action": "stop", "seen": None})
    assert again.until(f"jobs/{good['job']}", lambda found: found["status"] != "running")["status"] == "done"
    assert again.get("runs")["runs"][0]["status"] == "stopped"
    job = again.until(f"jobs/{bad['job']}", lambda found: found["status"] == "failed")
    assert "/none" in job["output"]
    assert not (runs / "bad").exists()
    assert again.get(f"jobs/{'0' * 16}")["code"] == "unknown-job"


def test_a_record_of_jobs_that_somebody_changed_is_not_believed(tmp_path: Path):
    outside, folder = tmp_path / "empty", tmp_path / "runs/.page/jobs"
    outside.mkdir()
    folder.mkdir(parents=True)
    (tmp_path / "secret").write_text("1234")
    (folder / f"{'a' * 16}.txt").symlink_to(tmp_path / "secret")
    head = {"job": "a" * 16, "pid": os.getpid(), "time": 1.0}
    for more in ({"run": "../empty", "claimed": True}, {"run": str(outside), "claimed": True}):
        (folder / "jobs.jsonl").write_text(json.dumps(head | more) + "\n")
        found = Jobs(tmp_path / "runs").status("a" * 16, lambda _: None)
        assert (found["status"], found["output"]) == ("failed", "")
        assert outside.is_dir()
    for record in (json.dumps(head), json.dumps(head | {"run": "x", "pid": "y"}), "[" * 100_000 + "a" * 16, "a" * 16):
        (folder / "jobs.jsonl").write_text(record)
        with pytest.raises(PageError, match="unknown"):
            Jobs(tmp_path / "runs").status("a" * 16, lambda _: None)


def test_a_run_that_is_killed_while_it_is_watched_is_shown_as_failed(serve: Serve, tmp_path: Path):
    process = subprocess.Popen(
        [sys.executable, "-m", "ganarium", "train", "ring", *TINY, "train.steps=1000000", "--out", "runs/x"],
        cwd=tmp_path,
        stderr=subprocess.DEVNULL,
    )
    while not (tmp_path / "runs/x" / EVENTS).exists():
        time.sleep(0.1)
    server = serve(tmp_path / "runs")
    (found,) = server.get("runs")["runs"]
    with stream(server, "events") as listed, stream(server, f"runs/{found['id']}/events") as events:
        assert next(events)[1]["status"] == "running"
        until(events, lambda name, _: name == "line")
        process.kill()
        process.wait()
        until(events, lambda name, data: name == "status" and data["status"] == "failed")
        until(listed, lambda _, data: any(one["status"] == "failed" for one in data["runs"]))


def test_fifty_watchers_receive_every_line(serve: Serve, tmp_path: Path):
    run = new_run(tmp_path / "runs" / "x", span(0, 10))
    server = serve(tmp_path / "runs")
    (found,) = server.get("runs")["runs"]
    seen: list[list[int]] = []
    last = 400

    def watch() -> None:
        with stream(server, f"runs/{found['id']}/events") as events:
            ready.append(next(events)[1]["seq"])
            steps: list[int] = []
            while not steps or steps[-1] < 10 * last:
                name, data = next(events)
                steps += [one["step"] for one in data] if name == "line" else []
            seen.append(steps)

    ready: list[int] = []
    threads = [Thread(target=watch) for _ in range(50)]
    for thread in threads:
        thread.start()
    while len(ready) < 50:
        time.sleep(0.05)
    for i in range(1, last + 1, 40):
        write_log(run.path, [span(j, 10 * j) for j in range(i, min(i + 40, last + 1))])
        time.sleep(0.05)
    for thread in threads:
        thread.join(60)
    assert len(seen) == 50
    assert all(steps == [10 * i for i in range(1, last + 1)] for steps in seen)


def test_clients_that_never_read_and_too_many_streams_do_no_harm(serve: Serve, tmp_path: Path):
    run = new_run(tmp_path / "runs" / "x", span(0, 10))
    server = serve(tmp_path / "runs")
    (found,) = server.get("runs")["runs"]
    port = int(server.url.rpartition(":")[2])
    before = server.memory()
    request = f"GET /api/runs/{found['id']}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    silent = []
    try:
        for _ in range(MOST_STREAMS):
            silent.append(socket.create_connection(("127.0.0.1", port)))
            silent[-1].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            silent[-1].sendall(request)
        end = time.monotonic() + 60
        while (answer := httpx.get(f"{server.url}/api/events", timeout=60) if full(server) else None) is None:
            assert time.monotonic() < end
            time.sleep(0.2)
        assert (answer.status_code, "pages are open" in answer.json()["error"]) == (503, True)
        for i in range(10):
            write_log(run.path, [span(j, 10 * j) for j in range(400 * i + 1, 400 * i + 401)])
            time.sleep(0.3)
        assert server.get("runs")["runs"][0]["step"] == 40_000
        assert server.memory() - before < 250
    finally:
        for one in silent:
            one.close()
    server.until("runs", lambda found: found["runs"])


def full(server: Server) -> bool:
    """Whether the server refuses another stream."""
    with httpx.stream("GET", f"{server.url}/api/events", timeout=60) as answer:
        return answer.status_code == 503


def test_a_log_of_200_000_lines_takes_bounded_memory_and_the_server_answers_meanwhile(serve: Serve, tmp_path: Path):
    run = new_run(tmp_path / "runs" / "x", span(0, 10))
    text = json.dumps(span(123456789, 987654321), separators=(",", ":")).replace("}}", ',"more.values":0.123456}}')
    with (run.path / EVENTS).open("a") as file:
        for i in range(1, 200_001):
            file.write(text.replace("123456789", str(i)).replace("987654321", str(10 * i)) + "\n")
    server = serve(tmp_path / "runs")
    before = server.memory()
    (found,) = server.get("runs")["runs"]
    assert found["step"] == 2_000_000
    curves = server.until(f"runs/{found['id']}/curves?points=500", lambda found: found["complete"])
    assert len(curves["step"]) == 500
    assert curves["step"][-1] == 2_000_000
    assert curves["low"]["discriminator"][0] == curves["high"]["discriminator"][0] == 1.0
    assert server.memory() - before < 120


def test_elsewhere_the_token_is_printed_once_and_needed(serve: Serve, tmp_path: Path):
    new_run(tmp_path / "runs" / "x", span(0, 10))
    server = serve(tmp_path / "runs", host="0.0.0.0")
    port = server.url.rpartition(":")[2]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        assert client.get("/api/runs").status_code == 403
        assert client.post("/api/token", json={"token": server.token}, headers=HEADERS).status_code == 200
        assert len(client.get("/api/runs").json()["runs"]) == 1
    assert server.token not in server.log.read_text()
    assert len(server.token) == 32


def test_a_port_in_use_is_named(serve: Serve, tmp_path: Path):
    server = serve(tmp_path)
    port = int(server.url.rpartition(":")[2])
    with pytest.raises(UsageError, match=f"--port {port}: cannot be used"):
        serve_here(tmp_path, "127.0.0.1", port, lambda _: None)
    with pytest.raises(UsageError, match="--host no such host"):
        serve_here(tmp_path, "no such host", 0, lambda _: None)


def test_the_server_starts_without_torch(tmp_path: Path):
    code = "import sys, ganarium.web.serve, ganarium.cli.watch; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path).returncode == 0


def test_a_run_of_another_machine_is_noticed_by_its_lock(tmp_path: Path):
    run = new_run(tmp_path / "x", line(0, "stopped", 1, reason="finished", note=""))
    assert lock_state.training_process(run.path, lock_state.held_locks()) is None
    with run.held():
        assert lock_state.training_process(run.path, lock_state.held_locks()) == os.getpid()
        assert lock_state.training_process(run.path, {}) == lock_state.UNKNOWN
