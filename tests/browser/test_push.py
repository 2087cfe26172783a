"""Push in a real browser: what it can do is said in words, it is subscribed, its worker shows what arrives."""

import json

from playwright.sync_api import Page, expect

from tests.browser.conftest import Opens, Scenery
from tests.browser.reader import Reader
from tests.support.told import AUTH, P256DH

ENDPOINT = "https://1.1.1.1/browser/1"
BUTTON = "Show notices in this browser"
NO_PUSH_SERVICE = "does not support the Push API in incognito mode"
"""What Chromium says of every window that a test opens."""
SUBSCRIPTION = json.dumps({"endpoint": ENDPOINT, "keys": {"p256dh": P256DH, "auth": AUTH}})
WITH_A_PUSH_SERVICE = (
    f"const said = {SUBSCRIPTION};"
    """
  let made = null;
  PushManager.prototype.getSubscription = async () => made;
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
    if (!userVisibleOnly || applicationServerKey.length !== 65) throw new TypeError("refused");
    made = { endpoint: said.endpoint, options: { applicationServerKey }, toJSON: () => said };
    return made;
  };"""
)
"""A browser that reaches a push service, which no test may: it says of itself what a real one does."""
SHOWN = """() => navigator.serviceWorker.getRegistration("/").then((worker) => worker.getNotifications())
  .then((shown) => shown.map(({ title, body, tag, lang, data }) => ({ title, body, tag, lang, url: data.url })))"""


def channels(somebody: Reader, *, allowed: bool = True) -> Page:
    if allowed:
        somebody.context.grant_permissions(["notifications"])
    return somebody.see("/settings/channels/")


def test_a_browser_that_has_no_push_or_blocks_it_says_so_in_words(opens: Opens, scenery: Scenery) -> None:
    with opens(session=scenery.sessions["yuki"]) as somebody:
        page = channels(somebody, allowed=False)
        somebody.context.add_init_script("delete window.PushManager")
        page.reload()
        expect(page.get_by_text("This browser cannot show push notices here.")).to_be_visible()
        expect(page.get_by_role("button", name=BUTTON)).to_be_hidden()
    with opens(session=scenery.sessions["yuki"]) as somebody:
        somebody.context.grant_permissions(["clipboard-read"])  # which denies whatever is not named
        page = channels(somebody, allowed=False)
        expect(page.get_by_text("Notices of this site are blocked in this browser.")).to_be_visible()
        expect(page.get_by_role("button", name=BUTTON)).to_be_hidden()
    with opens(session=scenery.sessions["yuki"], java_script_enabled=False) as somebody:
        page = channels(somebody)
        expect(page.get_by_text("JavaScript must be on")).to_be_visible()
        expect(page.get_by_role("button", name=BUTTON)).to_be_hidden()


def test_a_subscription_that_fails_is_said_and_can_be_tried_again(opens: Opens, scenery: Scenery) -> None:
    with opens(session=scenery.sessions["yuki"]) as somebody:
        page = channels(somebody)
        page.get_by_role("button", name=BUTTON).click()
        expect(page.get_by_role("alert")).to_contain_text("could not be subscribed")
        expect(page.get_by_role("button", name=BUTTON)).to_be_visible()
        somebody.wrong = [each for each in somebody.wrong if NO_PUSH_SERVICE not in each]


def test_this_browser_is_subscribed_listed_and_its_worker_shows_what_is_pushed(opens: Opens, scenery: Scenery) -> None:
    with opens(session=scenery.sessions["yuki"]) as somebody:
        somebody.context.add_init_script(WITH_A_PUSH_SERVICE)
        page = channels(somebody)
        page.get_by_role("button", name=BUTTON).click()
        expect(page.get_by_text("This browser shows notices now.")).to_be_visible()
        expect(page.locator(f'[data-endpoint="{ENDPOINT}"]')).to_be_visible()

        said = {
            "id": "1",
            "title": "返信期限まで3時間",
            "body": "Reply.",
            "lang": "ja",
            "url": f"{somebody.url}/notices/",
        }
        pushed(page, somebody, said)
        page.wait_for_function(f"async () => (await ({SHOWN})()).length === 1")
        [shown] = page.evaluate(SHOWN)
        assert shown == {"tag": "1", **{name: value for name, value in said.items() if name != "id"}}


def pushed(page: Page, somebody: Reader, said: dict[str, str]) -> None:
    """Let the browser hand something pushed to the worker, as its tools for developers do."""
    tools = somebody.context.new_cdp_session(page)
    found: list[str] = []
    tools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(each["registrationId"] for each in event["registrations"]),
    )
    tools.send("ServiceWorker.enable")
    while not found:
        page.wait_for_timeout(20)
    address = {"origin": f"{somebody.url}/", "registrationId": found[0]}
    tools.send("ServiceWorker.deliverPushMessage", {**address, "data": json.dumps(said)})
