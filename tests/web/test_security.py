"""Nothing but the page of the same host may ask, and no path of a request reaches the disk."""

import json
import re
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from tests.web.conftest import HEADERS, Page, line, new_run, page_with, span

from ganarium.plotting.images import png
from ganarium.web.security import MOST_BYTES, Rules, new_token

pytestmark = pytest.mark.slow
CHANGES = (
    ("POST", "runs", {"recipe": "ring", "words": []}),
    ("POST", "runs/KEY/steer", {"action": "stop"}),
    ("POST", "runs/KEY/fork", {"at": 0, "words": []}),
    ("POST", "runs/KEY/resume", {}),
    ("PUT", "runs/KEY/notes", {"tags": ["x"], "note": ""}),
)


@pytest.fixture
def key(page: Page) -> str:
    new_run(page.folder / "run", span(0, 10))
    return page.key("run")


def changed(page: Page, method: str, path: str, content: Any, key: str, headers: Mapping[str, str]) -> httpx.Response:
    address = f"/api/{path.replace('KEY', key)}"
    return page.client.request(method, address, content=json.dumps(content), headers=headers)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "10.0.0.1", "localhost.evil.example", "", "@"])
def test_a_foreign_host_is_refused(host: str, page: Page):
    found = page.client.get("/api/runs", headers={"Host": host})
    assert found.status_code in (400, 403)
    assert "run" not in found.json().get("runs", "")


@pytest.mark.parametrize("host", ["localhost", "localhost:9000", "127.0.0.1:1", "[::1]:8000", "LOCALHOST"])
def test_any_name_of_this_machine_is_accepted(host: str, page: Page):
    assert page.client.get("/api/runs", headers={"Host": host}).status_code == 200


def test_requests_of_another_site_are_refused(page: Page, key: str):
    before = files(page.folder)
    for origin in ("http://evil.example", "null", "http://localhost:1", "https://[", "file://", ""):
        for method, path, content in [*CHANGES, ("GET", "runs", None)]:
            found = changed(page, method, path, content, key, HEADERS | {"Origin": origin})
            assert found.status_code == 403, (origin, path)
    assert files(page.folder) == before


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_pictures_and_streams_cannot_be_embedded_by_another_site(site: str, page: Page, key: str):
    for path in (f"/api/runs/{key}/samples/10.png", "/api/events"):
        assert page.client.get(path, headers={"Sec-Fetch-Site": site}).status_code == 403
    opened = page.client.get("/api/runs", headers={"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate"})
    assert opened.status_code == 200


def test_a_change_needs_both_headers(page: Page, key: str):
    before = files(page.folder)
    for headers in ({}, {"X-Ganarium": "1"}, {"Content-Type": "application/json"}):
        for method, path, content in CHANGES:
            assert changed(page, method, path, content, key, headers).status_code == 403
    assert files(page.folder) == before


def test_a_read_only_page_refuses_every_change(tmp_path: Path):
    new_run(tmp_path / "run", span(0, 10))
    before = files(tmp_path)
    with page_with(tmp_path, Rules(read_only=True)) as client:
        (run,) = client.get("/api/runs").json()["runs"]
        for method, path, content in CHANGES:
            found = changed(Page(client, tmp_path), method, path, content, run["id"], HEADERS)
            assert (found.status_code, found.json()["code"]) == (403, "read-only")
            assert "read-only" in found.json()["error"]
        assert client.get("/api/session").json()["read_only"]
    assert files(tmp_path) == before


def test_other_methods_are_refused(page: Page):
    for method in ("DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECTX"):
        assert page.client.request(method, "/api/runs").status_code == 405


def test_a_token_is_needed_for_everything_but_the_question_for_it(tmp_path: Path):
    new_run(tmp_path / "run", span(0, 10))
    token = new_token()
    with page_with(tmp_path, Rules(token=token)) as client:
        session = client.get("/api/session").json()
        assert (session["token_needed"], session["folder"]) == (True, "")
        for path in ("runs", "events", "form", "compare?runs=x", "jobs/x"):
            found = client.get(f"/api/{path}")
            assert (found.status_code, found.json()["code"]) == (403, "token")
        for wrong in ("", "x", token[:-1], token + "0", "é", None, 5, [token]):
            found = client.post("/api/token", content=json.dumps({"token": wrong}), headers=HEADERS)
            assert (found.status_code, client.get("/api/runs").status_code) == (403, 403)
        found = client.post("/api/token", content=json.dumps({"token": token}), headers=HEADERS)
        assert {"HttpOnly", "SameSite=strict"} <= {*re.split("; ?", found.headers["set-cookie"])}
        assert [one["name"] for one in client.get("/api/runs").json()["runs"]] == ["run"]
        assert not client.get("/api/session").json()["token_needed"]


def test_a_token_is_not_taken_from_another_site(tmp_path: Path):
    token = new_token()
    with page_with(tmp_path, Rules(token=token)) as client:
        headers = HEADERS | {"Origin": "http://evil.example"}
        assert client.post("/api/token", content=json.dumps({"token": token}), headers=headers).status_code == 403
        assert client.get(f"/api/runs?token={token}").status_code == 403


def test_tokens_differ():
    assert len({new_token() for _ in range(100)}) == 100


def test_elsewhere_only_addresses_and_known_names_are_accepted():
    rules = Rules("0.0.0.0", token="x", names=frozenset(("lab7",)))
    assert [rules.accepts_host(host) for host in ("192.168.1.5:8000", "[fe80::1]:8000", "lab7:8000")] == [True] * 3
    assert not rules.accepts_host("evil.example:8000")


TRAVERSALS = (
    *("..", "../..", "%2e%2e/%2e%2e", "..%2f..%2fsecret", "%2fetc%2fpasswd", "....//", "\\..\\", "%00", "run"),
    *("0" * 12, "0" * 13, "g" * 12, "%c3%a9", "%ff", "a" * 5000, ".", "~", "*", "%252e%252e"),
)


def raw(page: Page, path: str) -> tuple[int, str]:
    """The answer to a path that is sent as it is written."""
    connection = HTTPConnection("127.0.0.1", page.client.base_url.port)
    connection.putrequest("GET", path, skip_accept_encoding=True)
    connection.endheaders()
    found = connection.getresponse()
    text = found.read().decode("utf-8", "replace")
    connection.close()
    return found.status, text


def test_no_path_of_a_request_reaches_the_disk(page: Page, key: str):
    for path in (page.folder / "secret", page.folder.parent / "secret", page.folder.parent / "secret.png"):
        path.write_text("1234")
    for text in TRAVERSALS:
        for path in (
            f"/api/runs/{text}",
            f"/api/runs/{text}/curves",
            f"/api/runs/{text}/samples/10.png",
            f"/api/runs/{key}/samples/{text}",
            f"/api/runs/{key}/samples/{text}.png",
            f"/api/jobs/{text}",
            f"/api/compare?runs={text}",
            f"/api/form?recipe={text}",
            f"/api/../{text}",
            f"/{text}",
        ):
            status, content = raw(page, path)
            assert status in (400, 404), path
            assert "1234" not in content
            assert "Traceback" not in content


def test_links_devices_and_other_files_are_not_served_as_pictures(page: Page, key: str):
    secret = page.folder.parent / "step-00000001.png"
    secret.write_bytes(png(Image.new("L", (8, 8))))
    samples = page.folder / "run" / "samples"
    (samples / "step-00000001.png").symlink_to(secret)
    (samples / "step-00000002.png").symlink_to("/dev/zero")
    (samples / "step-00000003.png").mkdir()
    (samples / "step-00000004.png").write_text("<script>")
    for step in (1, 2, 3, 4, 99, 10**14):
        found = page.get(f"runs/{key}/samples/{step}.png")
        assert (found["status_code"], "picture" in found["error"]) == (404, True)
    good = page.client.get(f"/api/runs/{key}/samples/10.png")
    assert (good.status_code, good.headers["content-type"]) == (200, "image/png")
    samples.rename(page.folder.parent / "moved")
    samples.symlink_to(page.folder.parent / "moved")
    assert page.get(f"runs/{key}/samples/10.png")["status_code"] == 404
    assert page.get(f"runs/{key}")["samples"] == []


def test_pictures_are_kept_by_browsers_as_long_as_they_are_those_of_this_run(page: Page, key: str):
    address = f"/api/runs/{key}/samples/10.png"
    first = page.client.get(address)
    assert first.headers["cache-control"] == "no-cache"
    again = page.client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    version = page.summary("run")["version"]
    assert "immutable" in page.client.get(f"{address}?v={version}").headers["cache-control"]
    assert page.client.get(f"{address}?v=other").headers["cache-control"] == "no-cache"


def test_every_answer_has_a_strict_policy(page: Page, key: str):
    for path in ("/", "/api/runs", f"/api/runs/{key}/samples/10.png", "/api/none", "/none"):
        headers = page.client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers
        assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("known", [True, False])
def test_a_body_of_10_megabytes_is_refused(known: bool, page: Page, key: str):
    content = b"[" * 10_000_000
    given = content if known else iter([content[i : i + 65536] for i in range(0, len(content), 65536)])
    try:
        found = page.client.put(f"/api/runs/{key}/notes", content=given, headers=HEADERS)
        assert found.status_code == 413
    except (httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError):
        pass  # the server closed the connection before it was all sent
    assert page.get("runs")["status_code"] == 200
    assert len(content) > MOST_BYTES


def test_content_that_is_not_a_table_is_refused_in_one_sentence(page: Page, key: str):
    before = files(page.folder)
    for text in ("", "x", "[]", "null", "5", '"x"', "{", "[" * 100_000, "\x00", "{}"):
        for method, path, _ in CHANGES:
            if text in ("", "{}") and path in ("runs/KEY/notes", "runs/KEY/resume"):
                continue  # which need nothing
            found = page.client.request(method, f"/api/{path.replace('KEY', key)}", content=text, headers=HEADERS)
            assert found.status_code == 400, (text[:9], path)
            assert 0 < len(found.json()["error"]) < 300
    assert files(page.folder) == before


def test_html_in_names_and_notes_is_sent_as_text(page: Page):
    evil = "<img src=x onerror=alert(1)>"
    new_run(page.folder / evil, line(0, "finding", 1, name="x", text=evil, grave=True), span(1, 10))
    (found,) = page.get("runs")["runs"]
    page.send("PUT", f"runs/{found['id']}/notes", {"tags": [evil], "note": evil})
    answer = page.client.get("/api/runs")
    assert answer.headers["content-type"] == "application/json"
    assert page.summary(evil)["note"] == evil
