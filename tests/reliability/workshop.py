"""A process that has imported everything and forks one real process for each sitting of a run.

Each line on stdin is a JSON order, each line on stdout the answer. A forked process runs one command line of
ganarium and may be told to send itself a signal at the n-th passage of a place in the code.
"""

import io
import json
import os
import pathlib
import pkgutil
import signal
import sys
import traceback
from importlib import import_module
from typing import Any, NoReturn

import ganarium

CHECKPOINT, LOG = ".safetensors.part", "events.jsonl"


class TornFile:
    """A file of which only the first half of a write arrives."""

    def __init__(self, file: io.BufferedWriter, trap: "Trap") -> None:
        self._file, self._trap = file, trap

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> "TornFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, data: bytes) -> int:
        if self._trap.due():
            self._file.write(data[: len(data) // 2])
            self._file.flush()
            self._trap.spring()
        return self._file.write(data)


class Trap:
    """Signals that the process sends itself at the n-th passage of a place."""

    def __init__(self, place: str, n: int, signals: list[int]) -> None:
        self.place, self.left, self.signals = place, n, signals

    def due(self) -> bool:
        self.left -= 1
        return self.left == 0

    def spring(self) -> None:
        for number in self.signals:
            os.kill(os.getpid(), number)

    def passed(self) -> None:
        if self.due():
            self.spring()

    def set(self) -> None:
        fsync, replace, open_ = os.fsync, pathlib.Path.replace, pathlib.Path.open

        def watched_fsync(descriptor: int) -> None:
            name = pathlib.Path(f"/proc/self/fd/{descriptor}").readlink().name
            if self.place == "fsync" and name.endswith(CHECKPOINT):
                self.passed()
            fsync(descriptor)
            if (self.place, name) in (("folder", "checkpoints"), ("line", LOG)):
                self.passed()

        def watched_replace(path: pathlib.Path, target: pathlib.Path) -> pathlib.Path:
            if self.place == "replace" and path.name.endswith(CHECKPOINT):
                self.passed()
            moved = replace(path, target)
            if self.place == "replaced" and path.name.endswith(CHECKPOINT):
                self.passed()
            return moved

        def watched_open(path: pathlib.Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            file = open_(path, mode, *args, **kwargs)
            wanted = {"write": CHECKPOINT, "torn line": LOG}.get(self.place)
            return TornFile(file, self) if wanted and mode in ("wb", "ab") and path.name.endswith(wanted) else file

        os.fsync, pathlib.Path.replace, pathlib.Path.open = watched_fsync, watched_replace, watched_open


def sit(order: dict[str, Any]) -> NoReturn:
    """Be `ganarium` with these words, in this folder, with these files for output."""
    from ganarium.cli.main import main

    os.chdir(order["folder"])
    for number, path in ((0, os.devnull), (1, order["stdout"]), (2, order["stderr"])):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o666), number)
    if order["user"]:
        os.setgroups([])
        os.setgid(order["user"])
        os.setuid(order["user"])
    if order["trap"]:
        Trap(*order["trap"]).set()
    if order["cores"]:
        os.cpu_count = lambda: order["cores"]
    sys.argv = ["ganarium", *order["words"]]
    status = 1
    try:
        main()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    if order["status"]:
        pathlib.Path(order["status"]).write_bytes(pathlib.Path("/proc/self/status").read_bytes())
    os._exit(status)


def import_all() -> None:
    """Import what any verb may need, so that a process that may read nothing can still run."""
    for module in pkgutil.walk_packages(ganarium.__path__, "ganarium."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    late = ["matplotlib.figure", "matplotlib.backends.backend_agg", "torch._dynamo", "PIL.Image", "numpy.lib.format"]
    late += ["scipy.cluster.vq", "scipy.ndimage", "scipy.special"]
    for name in late:  # what is imported when it is needed
        import_module(name)
    sys.modules["PIL.Image"].init()


def serve() -> None:
    """Answer until stdin ends; leave nobody behind."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    import_all()
    working = set()
    for text in sys.stdin:
        order = json.loads(text)
        if order["do"] == "start":
            answer = os.fork() or sit(order)
            working.add(answer)
        else:
            _, status = os.waitpid(order["pid"], os.WUNTRACED if order["stopped"] else 0)
            answer = None if os.WIFSTOPPED(status) else os.waitstatus_to_exitcode(status)
            working -= set() if answer is None else {order["pid"]}
        print(json.dumps(answer), flush=True)
    for pid in working:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    serve()
