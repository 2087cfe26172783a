"""A client that openapi-python-client makes of the real schema: every module of it imports, and calls work."""

import importlib
import json
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from pytest_django import Settings

from marketplace.models import Seller, User
from notifications.models import Preference
from tests.support.openapi import operations, schema
from tests.support.told import unsubscribe_path

pytestmark = pytest.mark.thorough

HOST = "http://testserver"
PACKAGE = "generated_client"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    folder = tmp_path_factory.mktemp("client")
    (folder / "schema.json").write_text(json.dumps(schema(), default=str))
    (folder / "options.yml").write_text("post_hooks: []\n")
    options = ["--path", "schema.json", "--config", "options.yml", "--output-path", PACKAGE, "--meta", "none"]
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning", *options]
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(folder))
    yield importlib.import_module(PACKAGE)
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def call(name: str) -> Any:
    return importlib.import_module(f"{PACKAGE}.api.{name}")


@pytest.fixture
def client(generated: ModuleType) -> Iterator[Any]:
    """A client that speaks to the application itself, within the test's transaction."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    transport = httpx.WSGITransport(app=WSGIHandler(), raise_app_exceptions=True)
    yield generated.Client(base_url=HOST, httpx_args={"transport": transport}, raise_on_unexpected_status=True)
    for signal in signals:
        signal.connect(close_old_connections)


def test_every_module_imports_and_there_is_one_for_every_call(generated: ModuleType) -> None:
    names = [each.name for each in pkgutil.walk_packages(generated.__path__, f"{PACKAGE}.")]
    for name in names:
        importlib.import_module(name)
    calls = [name for name in names if name.startswith(f"{PACKAGE}.api.") and name.count(".") == 3]
    assert len(calls) == len(operations())


@pytest.mark.django_db
def test_a_service_found_names_its_seller(client: Any, seller: Seller) -> None:
    found = call("services.services_list").sync(client=client, page_size=10)
    assert {each.seller_username for each in found.results} == {seller.user.username}


@pytest.mark.django_db
def test_a_wrong_password_is_a_problem(client: Any, generated: ModuleType) -> None:
    models = importlib.import_module(f"{PACKAGE}.models")
    body = models.LogInRequest(username="nobody", password="wrong")
    told = call("auth.auth_token_create").sync(client=client, body=body)
    assert (told.status, told.code) == (401, "invalid_credentials")


@pytest.mark.django_db
def test_one_click_unsubscribes(client: Any, generated: ModuleType, buyer: User) -> None:
    token = unsubscribe_path(buyer).split("/")[-2]
    models = importlib.import_module(f"{PACKAGE}.models")
    body = models.OneClickRequest.from_dict({"List-Unsubscribe": "One-Click"})
    done = call("unsubscribe.unsubscribe_create").sync_detailed(unsubscribe_token=token, client=client, body=body)
    assert done.status_code == 200
    assert Preference.objects.filter(person=buyer).exists()


def test_the_schema_says_where_the_api_is(settings: Settings) -> None:
    [server] = schema()["servers"]
    assert server["url"] == settings.PUBLIC_URL
    assert urlsplit(server["url"]).path == ""
