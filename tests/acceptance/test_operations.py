"""What an operator sees of real processes: a request's id as far as its wake-up, the metrics, the rows checked."""

import json
from pathlib import Path
from typing import Any

import httpx

from tests.acceptance.marketplace_client import PASSWORD, Scene, scene
from tests.support.stack import Stack, until

REASON = "not a word since the purchase"


def lines(stack: Stack, role: str) -> list[dict[str, Any]]:
    """Every line that a process has written so far, whichever library wrote it."""
    written = stack.logs(role).splitlines(keepends=True)
    return [json.loads(line) for line in written if line.endswith("\n")]


def test_the_id_of_a_request_is_in_the_workers_line_of_its_wake_up(tmp_path: Path) -> None:
    settings = {
        "EMAIL_URL": f"filemail://{tmp_path}",  # else mails would stand between the lines
        "LOG_FORMAT": "json",
        "POLICY_SILENCE_BEFORE_REQUEST": "PT1S",
        "POLICY_REPLY_WINDOW": "PT5S",
        "SWEEP_INTERVAL": "60",
        "DEMO_PASSWORD": PASSWORD,
    }
    with Stack(settings) as stack, scene(stack) as told:
        room = told.seller_falls_silent()
        asked = told.buyer.http.post(
            f"{room}cancel-requests/", json={"reason": REASON}, headers={"X-Request-ID": "asked-42"}
        )
        assert (asked.status_code, asked.headers["X-Request-ID"]) == (201, "asked-42")
        until(lambda: 'renraku_unacked_messages{worker="deadlines"} 1.0' in _page(stack), 5, "a worker to hold it")
        verdict = told.until_cancelled(room)

        def of_the_request() -> list[tuple[str, str]]:
            told_by = [line for line in lines(stack, "deadlines") if line.get("request_id") == "asked-42"]
            return [(line["task_id"], line["role"]) for line in told_by]

        assert verdict["woken_by"] == "eta"
        woken = until(of_the_request, 5, "the worker's line, which it writes after the verdict")
        assert woken == [(f"auto-cancel:{asked.json()['id']}:1", "deadlines")]
        [answered] = [line for line in lines(stack, "web") if line.get("request_id") == "asked-42"]
        assert (answered["event"], answered["code"]) == ("request_finished", 201)
        assert answered["request"].startswith("POST /api/v1/talk-rooms/<uuid:room_id>/cancel-requests/ room_id=")
        assert answered["user_id"] == told.buyer.get("me/")["id"]
        _the_metrics_show_it(stack)
        assert "renraku_invariant_violations{rule=" in _page(stack), "rules are checked at the first start"
        assert "no row contradicts a rule." in stack.manage("check_invariants").stdout
        _every_answer_has_an_id(stack)
        _a_problem_is_found_by_its_id(told)
        _nothing_secret_is_told(told)


def _the_metrics_show_it(stack: Stack) -> None:
    page = _page(stack)
    assert 'renraku_settlement_lateness_seconds_count{kind="reply",woken_by="eta"} 1.0' in page
    for sample in (
        'processes{role="web"} 2.0',
        'processes{role="beat"} 1.0',
        "broker_up 1.0",
        'running{kind="reply"} 0.0',
    ):
        assert f"renraku_{sample}\n" in page


def _page(stack: Stack) -> str:
    return httpx.get(f"{stack.url}/metrics").text


def _every_answer_has_an_id(stack: Stack) -> None:
    for path in ("/readyz", "/healthz", "/nowhere", "/static/nowhere", "/api/v1/services/", "/api/v1/deals/"):
        assert len(httpx.get(stack.url + path).headers["X-Request-ID"]) == 36, path
    spaced = httpx.get(f"{stack.url}/healthz", headers={"X-Request-ID": "two words"})
    assert len(spaced.headers["X-Request-ID"]) == 36


def _a_problem_is_found_by_its_id(told: Scene) -> None:
    refused = told.buyer.http.post("deals/", json={"service": "x" * 99}, headers={"X-Request-ID": "bad-1"})
    assert (refused.status_code, refused.headers["X-Request-ID"]) == (400, "bad-1")
    until(lambda: [line for line in lines(told.stack, "web") if line.get("request_id") == "bad-1"], 5, "its line")


def _nothing_secret_is_told(told: Scene) -> None:
    told.buyer.http.get("services/", params={"q": "a-word-looked-for"})
    token = told.buyer.http.headers["Authorization"].split()[1]
    for role in ("web", "deadlines", "rest", "beat"):
        assert lines(told.stack, role) or role == "beat"  # which has nothing to say
        for secret in (PASSWORD, token, REASON, "a-word-looked-for", told.stack.env["SECRET_KEY"]):
            assert secret not in told.stack.logs(role), role
