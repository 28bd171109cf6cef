"""A training in a real Jupyter kernel: an interrupted cell is saved, and a later cell goes on bit for bit."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

from ganarium.runs.directory import Run

SECONDS = 120  # that a message of the kernel may take
FIRST_STEP = "the first steps"
TRAIN = f"""
import ganarium
said = []
def tell(line):
    if line.event.kind == "span" and not said:
        said.append(print({FIRST_STEP!r}))
ganarium.train(*{{words}}, out="run", on_line=tell)
"""
Kernel = tuple[KernelManager, BlockingKernelClient]


@pytest.fixture
def kernel(environment: dict[str, str], tmp_path: Path) -> Iterator[Kernel]:
    """A kernel of this interpreter in an empty folder."""
    manager, client = start_new_kernel(cwd=str(tmp_path), env=environment)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def answer(kernel: Kernel, code: str, *, interrupt_at: str = "") -> tuple[dict[str, Any], str]:
    """Run a cell and interrupt it once it prints a text: the reply's content, and all that was printed."""
    manager, client = kernel
    cell, printed, interrupted = client.execute(code), "", False
    while True:
        message = client.get_iopub_msg(timeout=SECONDS)
        if message["parent_header"].get("msg_id") != cell:
            continue
        printed += message["content"].get("text", "")
        if interrupt_at and interrupt_at in printed and not interrupted:
            manager.interrupt_kernel()
            interrupted = True
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            return client.get_shell_msg(timeout=SECONDS)["content"], printed


@pytest.mark.slow
def test_an_interrupted_cell_is_saved_and_the_next_cell_goes_on_bit_for_bit(
    kernel: Kernel, reference: Callable[[str], Run], words, same: Callable[[Run, Run], None], tmp_path: Path
):
    reply, printed = answer(kernel, TRAIN.format(words=words["pictures"]), interrupt_at=FIRST_STEP)
    assert (reply["status"], reply["ename"]) == ("error", "KeyboardInterrupt")
    assert "to continue: ganarium.resume(" in printed
    run = Run.open(tmp_path / "run")
    last = run.events()[-1].event
    assert (last.kind, last.reason) == ("stopped", "interrupted")
    assert run.checkpoint_steps()[-1] == last.step > 0
    reply, printed = answer(kernel, "ganarium.resume('run')")
    assert reply["status"] == "ok", reply
    same(run, reference("pictures"))
