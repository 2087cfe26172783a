"""Pressing a button: a page of what will happen, then the action, then a message of what became of it.

The second POST goes object by object, each in its own transaction: a refusal of one stops no other.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.db.models import Model
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from marketplace import clock, outages
from marketplace.admin.bounded import BoundedAdmin
from marketplace.admin.buttons import Button, ReasonForm
from marketplace.admin.columns import address_of, link_to
from marketplace.admin.lookup import identifier
from marketplace.errors import Refusal

logger = logging.getLogger(__name__)

AT_MOST = 400
"""How many objects one press takes. Django reads at most 1,000 fields of a form, and each object has two."""


class ButtonsAdmin(BoundedAdmin):
    buttons: ClassVar[tuple[Button, ...]] = ()

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            *(
                path(f"act/{button.name}/", wrap(partial(self.press, button)), name=url_name(self.model, button))
                for button in self.buttons
            ),
            *super().get_urls(),
        ]

    def check_view_permission(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def allowed_buttons(self, request: HttpRequest) -> list[Button]:
        return [button for button in self.buttons if request.user.has_perm(button.permission)]

    def tools(self, request: HttpRequest, row: Any) -> list[dict[str, str]]:
        return [tool(button, row) for button in self.allowed_buttons(request) if button.applies_to(row)]

    def press(self, button: Button, request: HttpRequest, keys: Sequence[str] | None = None) -> HttpResponseBase:
        """Show what will happen, or carry out what was confirmed. Raises `PermissionDenied`."""
        self.check_view_permission(request)
        if not request.user.has_perm(button.permission):
            raise PermissionDenied
        named = keys if keys is not None else (request.POST.getlist("pk") or request.GET.getlist("pk"))
        ids = [key for key in map(identifier, dict.fromkeys(named[: AT_MOST + 1])) if key is not None]
        if not ids or len(ids) > AT_MOST:
            messages.error(request, _("Choose 1 to {AT_MOST}.").format(AT_MOST=AT_MOST))
            return HttpResponseRedirect(self._back(request, ids))
        form = button.form(request.POST) if request.method == "POST" and "reason" in request.POST else button.form()
        if form.is_bound and form.is_valid() and request.POST.get("shown") == form.fingerprint():
            return self._carry_out(button, request, form, ids)
        return self._confirmation(button, request, form, ids)

    def _confirmation(
        self, button: Button, request: HttpRequest, form: ReasonForm, ids: list[UUID]
    ) -> TemplateResponse:
        foreseen = button.foresee(button.rows(ids), clock.now(), **form.arguments())
        going = [each for each in foreseen if each.refusal is None]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": button.question(len(going)),
            "button": button,
            "form": form,
            "going": going,
            "refused": [(each, each.refusal.message) for each in foreseen if each.refusal is not None],
            "missing": len(ids) - len(foreseen),
            "changed": form.is_bound and form.is_valid(),
            "back": self._back(request, ids),
            "act": reverse(f"admin:{url_name(self.model, button)}"),
        }
        return TemplateResponse(request, "admin/marketplace/confirm.html", context)

    def _carry_out(
        self, button: Button, request: HttpRequest, form: ReasonForm, ids: list[UUID]
    ) -> HttpResponseRedirect:
        done: list[UUID] = []
        refused: dict[str, list[UUID]] = defaultdict(list)
        for key in ids:
            why = _press_one(button, request, form, key)
            if why is None:
                done.append(key)
            else:
                refused[why].append(key)
        if done:
            messages.success(request, self._listing(str(button.done), done))
        for why, keys in refused.items():
            messages.error(request, self._listing(_("Refused – {why}").format(why=why), keys))
        return HttpResponseRedirect(self._back(request, ids))

    def _listing(self, beginning: str, keys: Sequence[UUID]) -> str:
        names = format_html_join(", ", "{}", ((link_to(self.model, key),) for key in keys))
        return format_html("{}: {}", beginning, names)

    def _back(self, request: HttpRequest, ids: Sequence[UUID]) -> str:
        """Where to go then: the admin's page that the form names, else the object or the list."""
        wanted = request.POST.get("back") or request.GET.get("back") or ""
        if wanted.startswith(reverse("admin:index")) and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
            return wanted
        if len(ids) == 1:
            return address_of(self.model, ids[0])
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")


def _press_one(button: Button, request: HttpRequest, form: ReasonForm, key: UUID) -> str | None:
    """Press for one object; return why not. A lock that was not free in time counts as a refusal."""
    person: Any = request.user
    arguments = {**form.arguments(), "seen": request.POST.get(f"seen-{key}", "")}
    try:
        button.press(key, staff=person, reason=form.cleaned_data["reason"], **arguments)
    except Refusal as refusal:
        return str(refusal.message)
    except outages.AwayError:
        raise
    except OperationalError as busy:
        logger.warning("%s of %s: %s", button.name, key, busy)
        return _("Somebody else is busy with it: try again.")
    return None


def url_name(model: type[Model], button: Button) -> str:
    """Return the name of the URL of a button."""
    meta = model._meta  # noqa: SLF001 - the name is Django's public one
    return f"{meta.app_label}_{meta.model_name}_{button.name}"


def tool(button: Button, row: Model, back: str = "") -> dict[str, str]:
    """Describe a button for a template; `back` is the page to return to."""
    address = f"{reverse(f'admin:{url_name(type(row), button)}')}?pk={row.pk}"
    return {
        "title": str(button.title),
        "tone": button.tone,
        "address": f"{address}&back={back}" if back else address,
    }
