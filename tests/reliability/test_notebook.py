"""A training in a real Jupyter kernel: one display that is redrawn, and cells that are interrupted and continued."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

from ganarium.runs.directory import Run

pytestmark = pytest.mark.slow

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
SHOWN = """
import ganarium, sys
run = ganarium.train(*{words}, "train.steps=60", "record.log_every=1", out="run")
"""
Kernel = tuple[KernelManager, BlockingKernelClient]


@pytest.fixture
def kernel(environment: dict[str, str], tmp_path: Path) -> Iterator[Kernel]:
    """A kernel of this interpreter in an empty folder."""
    manager, client = start_new_kernel(cwd=str(tmp_path), env=environment)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def answer(kernel: Kernel, code: str, *, interrupt_at: str = "") -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Run a cell and interrupt it once it prints a text: the reply's content, and all messages of the cell."""
    manager, client = kernel
    cell, messages, interrupted = client.execute(code), [], False
    while True:
        message = client.get_iopub_msg(timeout=SECONDS)
        if message["parent_header"].get("msg_id") != cell:
            continue
        messages.append(message)
        if interrupt_at and interrupt_at in message["content"].get("text", "") and not interrupted:
            manager.interrupt_kernel()
            interrupted = True
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            break
    while (reply := client.get_shell_msg(timeout=SECONDS))["parent_header"].get("msg_id") != cell:
        pass
    return reply["content"], messages


def printed(messages: list[dict[str, Any]]) -> str:
    return "".join(message["content"]["text"] for message in messages if message["msg_type"] == "stream")


def test_an_interrupted_cell_is_saved_and_the_next_cell_goes_on_bit_for_bit(
    kernel: Kernel, reference: Callable[[str], Run], words, same: Callable[[Run, Run], None], tmp_path: Path
):
    reply, messages = answer(kernel, TRAIN.format(words=words["pictures"]), interrupt_at=FIRST_STEP)
    assert (reply["status"], reply["ename"]) == ("error", "KeyboardInterrupt")
    assert len(reply["traceback"]) == 1  # no page of the package's source
    assert "to continue: ganarium.resume(" in printed(messages)
    run = Run.open(tmp_path / "run")
    last = run.events()[-1].event
    assert (last.kind, last.reason) == ("stopped", "interrupted")
    assert run.checkpoint_steps()[-1] == last.step > 0
    reply, _ = answer(kernel, "ganarium.resume('run')")
    assert reply["status"] == "ok", reply
    same(run, reference("pictures"))


def test_a_cell_has_one_display_that_is_redrawn_and_ends_with_the_result(kernel: Kernel, words):
    reply, messages = answer(kernel, SHOWN.format(words=words["pictures"]))
    assert reply["status"] == "ok", reply
    assert not printed(messages)
    shown = [message for message in messages if message["msg_type"] == "display_data"]
    redrawn = [message for message in messages if message["msg_type"] == "update_display_data"]
    assert len(shown) == 1
    assert redrawn
    assert {message["content"]["transient"]["display_id"] for message in shown + redrawn} == {
        shown[0]["content"]["transient"]["display_id"]
    }
    last = redrawn[-1]["content"]["data"]
    assert "step 60 of 60" in last["text/plain"]
    assert "finished after" in last["text/plain"]
    assert "width: 100.0%" in last["text/html"]
    assert last["text/html"].count("step ") == 1


def test_a_run_and_its_figure_are_shown_without_pyplot(kernel: Kernel, words):
    answer(kernel, SHOWN.format(words=words["pictures"]))
    for code, kinds in (("run", {"text/html", "image/png"}), ("run.plot()", {"image/png"})):
        _, messages = answer(kernel, code)
        (result,) = (message for message in messages if message["msg_type"] == "execute_result")
        assert kinds <= result["content"]["data"].keys()
    assert printed(answer(kernel, "print('matplotlib.pyplot' in sys.modules)")[1]) == "False\n"
