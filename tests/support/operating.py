"""Operators at work: a person of each role, pages as text, buttons pressed the way a browser does."""

import re
from html import unescape
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from marketplace.admin.groups import SUPERVISORS, SUPPORT
from marketplace.models import User
from tests.support.factories import person

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def operator(*groups: str, **fields: object) -> User:
    """Make a member of staff with these roles."""
    made = person("operator", is_staff=True, **fields)
    made.groups.set(Group.objects.filter(name__in=groups))
    return made


def support() -> User:
    return operator(SUPPORT)


def supervisor(**fields: object) -> User:
    return operator(SUPERVISORS, **fields)


class Desk:
    """A browser in which somebody has logged in."""

    def __init__(self, who: User | None, language: str = "en") -> None:
        self.http = Client(headers={"accept-language": language})
        if who is not None:
            self.http.force_login(who)

    def get(self, address: str) -> Any:
        return self.http.get(address)

    def page(self, name: str, *keys: object, query: str = "") -> str:
        """Return the text of a page of the admin, without its tags."""
        answer = self.get(reverse(f"admin:{name}", args=keys) + query)
        assert answer.status_code == 200, answer
        return text(answer)

    def ask(self, model: str, button: str, *keys: UUID | str, query: str = "") -> Any:
        """Ask for the page that says what a button will do."""
        asked = "&".join(f"pk={key}" for key in keys)
        return self.get(f"{reverse(f'admin:marketplace_{model}_{button}')}?{asked}{query}")

    def confirm(self, asked: Any, reason: str = "The platform was down.", **fields: object) -> Any:
        """Fill in the form of a page that was asked for, and send it."""
        address, data = form_of(asked)
        return self.http.post(address, {**data, "reason": reason, **fields}, follow=True)

    def press(
        self, model: str, button: str, *keys: UUID, reason: str = "The platform was down.", **fields: object
    ) -> Any:
        """Ask, and confirm."""
        return self.confirm(self.ask(model, button, *keys), reason, **fields)


def form_of(asked: Any) -> tuple[str, dict[str, Any]]:
    """Return where the confirmation goes, and everything hidden in its form."""
    body = asked.content.decode()
    address = re.search(r'<form method="post" action="([^"]+)" novalidate>', body)
    assert address, text(asked)
    data: dict[str, Any] = {}
    for name, value in HIDDEN.findall(body):
        data.setdefault(name, []).append(unescape(value))
    return address.group(1), data


def text(answer: Any) -> str:
    """Return what a page says."""
    body = answer.content.decode()
    main = body[body.find("<main") :] if "<main" in body else body
    without_tags = re.sub(r"<(script|style|svg).*?</\1>|<[^>]+>", " ", main, flags=re.DOTALL)
    return " ".join(unescape(without_tags).split())


def told(answer: Any) -> list[str]:
    """Return the messages that a page begins with."""
    return [" ".join(re.sub(r"<[^>]+>", "", unescape(str(message))).split()) for message in answer.context["messages"]]
