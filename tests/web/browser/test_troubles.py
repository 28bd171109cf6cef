"""What the page says when others steer, files are damaged or vanish, a training is killed, or the server ends."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.web.browser.conftest import Server, Visits, curve_step, moves, status, training, until

from ganarium.runs.directory import EVENTS, EXPERIMENT

pytestmark = pytest.mark.slow
Watch = Callable[..., Server]
ENDED = (  # errors in the console after the end of a server
    "ERR_CONNECTION_REFUSED",
    "ERR_INCOMPLETE_CHUNKED_ENCODING",
    "ERR_EMPTY_RESPONSE",
    "ERR_CONNECTION_RESET",
)


def test_of_two_people_the_second_is_told_and_nothing_happens(visit: Visits, watch: Watch, tmp_path: Path):
    """Also where nobody had steered before, and although the second's page has not heard the news."""
    visit.expected = ("409 (Conflict)",)
    with training(tmp_path / "runs/shared", speed=None):
        server = watch(tmp_path / "runs")
        address = f"{server.url}/#/run/{server.key('shared')}"
        late = visit("about:blank")
        late.add_init_script("EventSource = class extends EventTarget { close() {} }")  # news never arrive
        late.goto(address)
        expect(status(late)).to_have_text("running")
        early = visit(address)
        early.get_by_role("button", name="Pause", exact=True).click()
        expect(status(early)).to_have_text("paused")
        late.get_by_role("button", name="Update D").click()
        expect(late.get_by_text("Somebody else steered this run in the meantime.")).to_be_visible()
        expect(late.get_by_text(re.compile(r"page [0-9a-f]{4}: pause"))).to_be_visible()
        expect(status(late)).to_have_text("paused")  # the page has looked again
        late.get_by_role("button", name="Continue").click()
        expect(status(early)).to_have_text("running")


def test_a_damaged_run_is_named_and_the_others_are_shown(visit: Visits, watch: Watch, runs: Path):
    (runs / "ring-2" / EXPERIMENT).write_text("[train\nsteps = <b>60</b>")
    log = runs / "ring-1" / EVENTS
    log.write_bytes(log.read_bytes()[: -len(log.read_bytes()) // 2] + b"\x00\xff{]")
    page = visit(watch(runs).url)
    damaged = page.get_by_role("row", name="ring-2")
    expect(damaged).to_contain_text("damaged")
    expect(damaged.locator(".error")).to_contain_text(EXPERIMENT)
    expect(page.get_by_role("row", name="digits")).to_contain_text("finished")
    page.get_by_role("link", name="ring-2").click()
    expect(status(page)).to_have_text("damaged")
    expect(page.locator(".notice.bad")).to_contain_text(EXPERIMENT)
    expect(page.get_by_role("button", name="Resume")).to_be_hidden()
    expect(page.get_by_role("region", name="Steer")).to_have_count(0)
    page.get_by_role("link", name="All runs").click()
    page.get_by_role("link", name="ring-1").click()
    until(lambda: curve_step(page) > 0, page)


def test_a_run_whose_files_vanish_while_it_is_shown_is_said_to_be_gone(visit: Visits, watch: Watch, runs: Path):
    visit.expected = ("404 (Not Found)",)
    page = visit(watch(runs).url)
    page.get_by_role("link", name="ring-1").click()
    expect(status(page)).to_have_text("finished")
    shutil.rmtree(runs / "ring-1")
    expect(page.get_by_role("alert")).to_contain_text("this run is not in the folder any more")
    page.get_by_role("link", name="All runs").click()
    expect(page.get_by_text("3 of 3 runs")).to_be_visible()
    shutil.rmtree(runs)
    expect(page.get_by_text("There are no runs in this folder yet.")).to_be_visible()


def test_a_run_that_is_killed_while_it_is_watched_is_shown_as_failed(visit: Visits, watch: Watch, tmp_path: Path):
    with training(tmp_path / "runs/short") as process:
        server = watch(tmp_path / "runs")
        listed = visit(server.url)
        shown = visit(f"{server.url}/#/run/{server.key('short')}")
        assert moves(shown)
        process.kill()
        expect(status(shown)).to_have_text("failed")
        expect(shown.get_by_role("button", name="Pause", exact=True)).to_be_hidden()
        expect(shown.get_by_role("button", name="Resume")).to_be_visible()
        expect(listed.get_by_role("row", name="short")).to_contain_text("failed")


def test_the_page_says_that_the_server_is_gone_and_goes_on_with_the_next_one(
    visit: Visits, watch: Watch, tmp_path: Path
):
    visit.expected = ENDED
    with training(tmp_path / "runs/long"):
        first = watch(tmp_path / "runs")
        key = first.key("long")
        page = visit(f"{first.url}/#/run/{key}")
        assert moves(page)
        first.end()
        expect(page.get_by_text("Connection lost; trying again…")).to_be_visible()
        page.get_by_role("button", name="Pause", exact=True).click()
        expect(page.get_by_text("This got no answer.")).to_be_visible()
        expect(page.get_by_text(re.compile("does not answer|Connection lost"))).to_have_count(1)
        watch(tmp_path / "runs", "--read-only", port=first.port)
        expect(page.get_by_text("Connection lost; trying again…")).to_be_hidden()
        assert moves(page)
        expect(page.get_by_text("read-only", exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="Pause", exact=True)).to_be_hidden()


def test_views_without_a_stream_say_once_that_the_server_is_gone_and_go_on_with_the_next_one(
    visit: Visits, watch: Watch, runs: Path
):
    visit.expected = ENDED
    first = watch(runs)
    page = visit(f"{first.url}/#/start?recipe=ring")
    expect(page.get_by_text("These settings are valid.")).to_be_visible()
    first.end()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text(re.compile("does not answer|Connection lost"))).to_have_count(1)
    expect(page.get_by_role("alert")).to_contain_text("This got no answer.")
    page.goto(f"{first.url}/#/start?recipe=digits")  # the same page
    expect(page.get_by_role("heading", name="Recipe: digits")).to_be_visible()
    watch(runs, port=first.port)
    expect(page.get_by_text("Connection lost; trying again…")).to_be_hidden()
    expect(page.get_by_text("These settings are valid.")).to_be_visible()


def test_errors_and_findings_are_in_chinese_on_the_chinese_page(visit: Visits, watch: Watch, runs: Path):
    visit.expected = ("400 (Bad Request)",)
    (runs / "ring-2" / EXPERIMENT).write_text("[train")
    page = visit(watch(runs).url, locale="zh-CN")
    expect(page.get_by_role("row", name="ring-2")).to_contain_text("无法读取此运行的设置，请恢复原文件。")
    page.get_by_role("link", name="diverged").click()
    expect(page.get_by_text("训练因损失或权重出现非有限值而停止")).to_be_visible()
    page.get_by_role("link", name="新建运行").click()
    expect(page.get_by_text("配方和设置的说明为英文。")).to_be_visible()
    page.locator("input[name=recipe][value=ring]").check()
    start = page.get_by_role("button", name="开始", exact=True)
    page.get_by_label("查找设置").fill("train.batch")
    page.get_by_label("train.batch", exact=True).fill("-3")
    expect(page.locator(".field .error")).to_have_text("train.batch：至少为 1。")
    page.get_by_label("train.batch", exact=True).fill("8")
    expect(page.get_by_text("设置有效。")).to_be_visible()
    page.get_by_label("运行名称（可选）").fill("digits")
    start.click()
    expect(page.get_by_role("alert")).to_have_text("该名称已被使用，请另取名称。")


def test_a_wrong_token_is_refused_in_the_language_of_the_page(visit: Visits, watch: Watch, runs: Path):
    visit.expected = ("403 (Forbidden)",)
    page = visit(watch(runs, "--token").url, locale="zh-CN")
    page.get_by_label("令牌").fill("wrong")
    page.get_by_role("button", name="继续").click()
    expect(page.get_by_role("alert")).to_have_text("令牌缺失或错误。请从 ganarium watch 的终端复制。")


def test_after_a_start_that_failed_another_can_be_started(visit: Visits, watch: Watch, tmp_path: Path):
    page = visit(f"{watch(tmp_path).url}/#/start?recipe=plane")
    page.get_by_label("Find a setting").fill("data.")
    page.get_by_label("data.kind", exact=True).select_option("coordinates")
    page.get_by_label("data.coordinates", exact=True).fill(str(tmp_path / "missing.csv"))
    start = page.get_by_role("button", name="Start", exact=True)
    expect(page.get_by_text("These settings are valid.")).to_be_visible()
    start.click()
    expect(page.get_by_text("missing.csv").last).to_be_visible(timeout=60_000)
    expect(start).to_be_enabled()
