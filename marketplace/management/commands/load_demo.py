"""`manage.py load_demo`: makes demo accounts and services, in an empty database only."""

import json
import os
import secrets
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand
from django.db import transaction

from marketplace import clock
from marketplace.actions import selling
from marketplace.models import Service, User

ACCOUNTS = ("buyer", "seller", "other-seller", "stranger", "operator")


class Command(BaseCommand):
    """Make the demo accounts unless the database has users, and print one line of JSON."""

    help = __doc__

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print `{"loaded": true, "password": …, "service": …}`, or `{"loaded": false}`."""
        with transaction.atomic():
            answer = {"loaded": False} if User.objects.exists() else _load()
        self.stdout.write(json.dumps(answer))


def _load() -> dict[str, Any]:
    password = os.environ.get("DEMO_PASSWORD") or secrets.token_urlsafe(9)
    hashed = make_password(password)  # once: it takes long on purpose
    people = {name: _person(name, hashed) for name in ACCOUNTS}
    first = _service(people["seller"], "Logo design", 12_000)
    _service(people["seller"], "Business card", 6_000)
    _service(people["seller"], "イラスト作成", 8_000)
    _service(people["seller"], "Poster (paused by its seller)", 15_000, paused=True)
    _service(people["seller"], "Web page (a draft)", 50_000, published=False)
    _service(people["other-seller"], "翻訳 (日本語・英語)", 3_000)
    return {"loaded": True, "password": password, "service": str(first.pk)}


def _person(name: str, hashed: str) -> User:
    operator = name == "operator"
    made = User.objects.create_user(
        name,
        f"{name}@example.com",
        email_confirmed_at=clock.now(),
        is_staff=operator,
        is_superuser=operator,
    )
    made.password = hashed
    made.save(update_fields=["password"])
    return made


def _service(owner: User, title: str, price: int, *, published: bool = True, paused: bool = False) -> Service:
    service = selling.create(owner=owner, title=title, description="", price=price)
    if published:
        service = selling.publish(service_id=service.pk, owner=owner)
    if paused:
        service = selling.pause(service_id=service.pk, owner=owner)
    return service
