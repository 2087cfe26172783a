"""Somebody with a browser that runs no scripts: reads pages, follows links, fills in forms and sends them.

What is sent is what the page's form holds, its hidden fields too, with what was typed; CSRF is checked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Self

from django.test import Client

from marketplace.models import User

VOID = {"input", "meta", "link", "br", "hr", "img", "path", "circle", "rect", "line", "polyline", "polygon", "use"}


@dataclass
class SeenForm:
    """A form on a page: where it goes, and what it holds."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    """What each box that can be ticked, each option and each button would send."""


@dataclass
class Element:
    """One element of a page, with the text below it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


class Seen(HTMLParser):
    """A page as it was answered."""

    def __init__(self, path: str, response: Any) -> None:
        super().__init__()
        self.path, self.status, self.headers = path, response.status_code, response.headers
        self.html = response.content.decode() if not response.streaming else ""
        self.elements: list[Element] = []
        self.forms: list[SeenForm] = []
        self._open: list[Element] = []
        self._form: SeenForm | None = None
        self._select: tuple[str, list[str]] | None = None
        self.feed(self.html)

    @property
    def text(self) -> str:
        """What is read on the page, with single spaces."""
        body = self.all("body")
        return " ".join((body[0] if body else Element("", {}, self.html)).text.split())

    def all(self, tag: str = "", **attributes: str) -> list[Element]:
        """Find elements by tag and attributes (`class_` for one class among several)."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            each
            for each in self.elements
            if (not tag or each.tag == tag) and all(self._has(each, name, value) for name, value in wanted.items())
        ]

    def one(self, tag: str = "", **attributes: str) -> Element:
        """Find the one such element. Fails when there is none, or more than one."""
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} of {tag} {attributes} on {self.path}: {self.text[:500]}"
        return found[0]

    def form(self, action: str = "") -> SeenForm:
        """Return the one form that goes there (the end of its address is enough)."""
        found = [each for each in self.forms if each.action.partition("?")[0].endswith(action)]
        assert len(found) == 1, f"{len(found)} forms to {action!r} on {self.path}: {[f.action for f in self.forms]}"
        return found[0]

    def offers(self, action: str) -> bool:
        """Whether a form or a link goes there."""
        links = [each.attributes.get("href", "") for each in self.all("a")]
        return any(
            address.partition("?")[0].endswith(action) for address in [*links, *[form.action for form in self.forms]]
        )

    def _has(self, element: Element, name: str, value: str) -> bool:
        held = element.attributes.get(name)
        return held is not None and (value in held.split() if name == "class" else held == value)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        element = Element(tag, attributes)
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)
        self._note_form(tag, attributes)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open[-1].tag != tag:
            self._open.pop()
        closed = self._open.pop() if self._open else None
        if tag == "textarea" and self._form and closed and "name" in closed.attributes:
            self._form.values[closed.attributes["name"]] = [closed.text.removeprefix("\n")]
        if tag == "select" and self._form and self._select:
            self._form.values.setdefault(self._select[0], self._select[1][:1])
            self._select = None
        if tag == "form":
            self._form = None

    def _note_form(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "form":
            action = attributes.get("action") or self.path
            self._form = SeenForm(action, attributes.get("method", "get").lower())
            self.forms.append(self._form)
        if self._form is None:
            return
        name, value = attributes.get("name", ""), attributes.get("value", "on")
        if tag == "select":
            self._select = (name, [])
        elif tag == "option" and self._select:
            self._select[1].append(value)
            self._form.choices.setdefault(self._select[0], []).append(value)
            if "selected" in attributes:
                self._form.values[self._select[0]] = [value]
        elif tag == "button" and name:
            self._form.choices.setdefault(name, []).append(value)
        elif tag == "input" and name and "disabled" not in attributes:
            self._note_input(name, value, attributes)

    def _note_input(self, name: str, value: str, attributes: dict[str, str]) -> None:
        assert self._form is not None
        if attributes.get("type") not in {"checkbox", "radio"}:
            self._form.values.setdefault(name, []).append(attributes.get("value", ""))
            return
        self._form.choices.setdefault(name, []).append(value)
        if "checked" in attributes:
            self._form.values.setdefault(name, []).append(value)


class Visitor:
    """A person at a browser without scripts; nobody is logged in until `as_` says so."""

    def __init__(self, language: str = "en") -> None:
        self.client = Client(enforce_csrf_checks=True, headers={"Accept-Language": language})

    @classmethod
    def as_(cls, person: User, language: str = "en") -> Self:
        """Log somebody in."""
        visitor = cls(language)
        visitor.client.force_login(person)
        return visitor

    def see(self, path: str, expect: int = 200, **headers: str) -> Seen:
        """Open a page; a redirect is followed."""
        response = self.client.get(path, headers=headers or None)
        if response.status_code in {301, 302, 303}:
            return self.see(response.headers["Location"], expect)
        assert response.status_code == expect, f"{path}: {response.status_code}\n{response.content.decode()[:3000]}"
        return Seen(path, response)

    def send(self, page: Seen, to: str = "", *, expect: int = 200, **typed: Any) -> Seen:
        """Fill in the form that goes to `to`, send it, follow where it leads. None unticks, a list ticks several."""
        form = page.form(to)
        data: dict[str, Any] = dict(form.values)
        for name, value in typed.items():
            assert name in form.values or name in form.choices, f"{name} is no field of this form: {form}"
            data[name] = value if isinstance(value, list) else [value]
        return self.post(form.action, {name: values for name, values in data.items() if values != [None]}, expect)

    def post(self, path: str, data: Mapping[str, Any], expect: int = 200) -> Seen:
        """Send this, whatever a page offers."""
        response = self.client.post(path, data)
        if response.status_code in {302, 303}:
            return self.see(response.headers["Location"], expect)
        assert response.status_code == expect, f"{path}: {response.status_code}\n{response.content.decode()[:3000]}"
        return Seen(path, response)
