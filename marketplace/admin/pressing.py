"""Pressing a button: first a page that says what will happen, then the action, then what became of it.

The second POST goes object by object, each in its own transaction: a refusal of one stops nobody.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import url_has_allowed_host_and_scheme

from marketplace import clock, outages
from marketplace.admin.buttons import Button, Foreseen, ReasonForm
from marketplace.admin.columns import address_of, link_to
from marketplace.admin.finding import identifier
from marketplace.admin.words import said
from marketplace.errors import Refusal

if TYPE_CHECKING:
    from marketplace.admin.lists import FactsAdmin
    from marketplace.admin.people import PersonAdmin

logger = logging.getLogger(__name__)

AT_MOST = 400
"""How many objects one press takes. Django reads at most 1,000 fields of a form, and each object has two."""


def press(
    modeladmin: "FactsAdmin | PersonAdmin", button: Button, request: HttpRequest, keys: Sequence[str] | None = None
) -> HttpResponseBase:
    """Ask, or carry out what was asked. Raises `PermissionDenied` for who may not."""
    if not request.user.has_perm(button.permission):
        raise PermissionDenied
    named = keys if keys is not None else (request.POST.getlist("pk") or request.GET.getlist("pk"))
    ids = [key for key in map(identifier, dict.fromkeys(named[: AT_MOST + 1])) if key is not None]
    if not ids or len(ids) > AT_MOST:
        messages.error(request, said(f"Choose 1 to {AT_MOST}.", f"1〜{AT_MOST}件を選択してください。"))
        return HttpResponseRedirect(_back(modeladmin, request, ids))
    form = button.form(request.POST) if request.method == "POST" and "reason" in request.POST else button.form()
    if form.is_bound and form.is_valid() and request.POST.get("shown") == form.shown():
        return _carry_out(modeladmin, button, request, form, ids)
    return _ask(modeladmin, button, request, form, ids)


def _ask(
    modeladmin: "FactsAdmin | PersonAdmin", button: Button, request: HttpRequest, form: ReasonForm, ids: list[UUID]
) -> TemplateResponse:
    foreseen = button.foresee(button.rows(ids), clock.now(), **form.asked())
    going = [each for each in foreseen if each.refusal is None]
    context = {
        **modeladmin.admin_site.each_context(request),
        "opts": modeladmin.opts,
        "title": button.question(len(going)),
        "plural": modeladmin.plural,
        "button": button,
        "form": form,
        "going": going,
        "refused": [(each, _why(each)) for each in foreseen if each.refusal is not None],
        "missing": len(ids) - len(foreseen),
        "changed": form.is_bound and form.is_valid(),
        "back": _back(modeladmin, request, ids),
        "act": reverse(
            f"{modeladmin.admin_site.name}:{modeladmin.opts.app_label}_{modeladmin.opts.model_name}_{button.name}"
        ),
    }
    return TemplateResponse(request, "admin/marketplace/confirm.html", context)


def _why(foreseen: Foreseen) -> str:
    return str(foreseen.refusal.message) if foreseen.refusal else ""


def _carry_out(
    modeladmin: "FactsAdmin | PersonAdmin", button: Button, request: HttpRequest, form: ReasonForm, ids: list[UUID]
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
        messages.success(request, _told(str(button.done), modeladmin, done))
    for why, keys in refused.items():
        messages.error(request, _told(said(f"Refused – {why}", f"できませんでした – {why}"), modeladmin, keys))
    return HttpResponseRedirect(_back(modeladmin, request, ids))


def _press_one(button: Button, request: HttpRequest, form: ReasonForm, key: UUID) -> str | None:
    """Press for one object; return why not. A lock that was not to be had in time is told like a refusal."""
    person: Any = request.user
    seen = request.POST.get(f"seen-{key}", "")
    try:
        button.press(key, staff=person, reason=form.cleaned_data["reason"], seen=seen, **form.asked())
    except Refusal as refusal:
        return str(refusal.message)
    except outages.AwayError:
        raise
    except OperationalError as busy:
        logger.warning("%s of %s: %s", button.name, key, busy)
        return said("Somebody else is busy with it: try again.", "ほかの処理が進行中です。もう一度お試しください。")
    return None


def _told(beginning: str, modeladmin: "FactsAdmin | PersonAdmin", keys: Sequence[UUID]) -> str:
    names = format_html_join(", ", "{}", ((link_to(modeladmin.model, key),) for key in keys))
    return format_html("{}: {}", beginning, names)


def _back(modeladmin: "FactsAdmin | PersonAdmin", request: HttpRequest, ids: Sequence[UUID]) -> str:
    """Return where to go then: back to a page of the admin if the form names one, else to the object or the list."""
    wanted = request.POST.get("back") or request.GET.get("back") or ""
    site = modeladmin.admin_site.name
    if wanted.startswith(reverse(f"{site}:index")) and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    if len(ids) == 1:
        return address_of(modeladmin.model, ids[0])
    return reverse(f"{site}:{modeladmin.opts.app_label}_{modeladmin.opts.model_name}_changelist")
