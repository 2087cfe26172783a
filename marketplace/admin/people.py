"""People are made here; sign-up is the marketplace's own. Superusers decide who may do what."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from knox import admin as knox_admin
from knox.models import AuthToken

from marketplace.actions import staff_log
from marketplace.addresses import tidied
from marketplace.admin import access, dossier, lookup, panels
from marketplace.admin.confirmation import ButtonsAdmin
from marketplace.admin.typed_filters import FIRST_DAY, LAST_DAY
from marketplace.models import Event, Seller, TalkRoom, User
from marketplace.readers import time_zones

OWN_FIELDS = ("email_confirmed_at", "language", "time_zone")
RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")
"""What makes a person an operator. A person who could change it could make themselves a supervisor."""

admin.site.unregister(Group)
assert knox_admin.AuthTokenAdmin  # noqa: S101 - registered by its import, and taken back:
admin.site.unregister(AuthToken)  # nobody looks at tokens, and nobody makes one for somebody else


class PersonForm(UserChangeForm):  # type: ignore[type-arg]  # generic in the stubs only
    """Refuses an unknown time zone, and times that could not be read back: they would lock the person out."""

    def clean(self) -> dict[str, Any]:
        """Refuse times at the ends of the calendar: in some time zone they lie beyond."""
        super().clean()
        for name, value in list(self.cleaned_data.items()):
            if isinstance(value, datetime) and not FIRST_DAY <= value.date() <= LAST_DAY:
                text = _("Between {first} and {last}.").format(first=FIRST_DAY.year, last=LAST_DAY.year)
                self.add_error(name, text)
        return self.cleaned_data

    def clean_email(self) -> str:
        return tidied(self.cleaned_data["email"])

    def clean_time_zone(self) -> str:
        name: str = self.cleaned_data["time_zone"]
        if name and name not in time_zones():
            raise ValidationError(_("No such time zone."))
        return name


class LoggedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """Writes an event of each change too: everything that staff do is one log."""

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:  # noqa: FBT001, FBT002 - Django's
        request.changed_of_account = changes_of(form)  # type: ignore[attr-defined]  # carried to `log_change`
        return super().construct_change_message(request, form, formsets, add)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        rights = getattr(request, "changed_of_account", []) if isinstance(obj, Group) else []
        note_account(request, obj, "created", rights)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Log it; a new password comes here without a form of ours."""
        note_account(request, obj, "changed", getattr(request, "changed_of_account", ["password"]))
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for each in queryset:
            note_account(request, each, "deleted")
        return super().log_deletions(request, queryset)


@admin.register(User)
class PersonAdmin(ButtonsAdmin, LoggedAdmin, UserAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    form = PersonForm
    list_display = ("username", "email", "is_staff", "is_active")
    list_filter = ()
    fieldsets = (*(UserAdmin.fieldsets or ()), ("Renraku", {"fields": OWN_FIELDS}))
    ordering = ("username",)
    search_help_text = gettext_lazy("Id, or the beginning of a user name or address")
    actions = None
    change_form_template = "admin/marketplace/person.html"
    buttons = (access.EndAccess(),)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what is open below the form, and the buttons beside its title."""
        person = self.get_object(request, unquote(object_id))
        more: dict[str, Any] = {}
        if person is not None and self.has_view_permission(request, person):
            more["panels"] = [
                access.panel(request, person),
                *panels.offered(request, person),
                *dossier.panels(request, person),
            ]
            more["tools"] = self.tools(request, person) if _may_touch(request, person) else []
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})

    def found(self, rows: "QuerySet[Any]", term: str) -> "QuerySet[Any]":
        return rows.filter(pk__in=lookup.people(term))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Let superusers alone decide who may do what."""
        fixed = super().get_readonly_fields(request, obj)
        return fixed if request.user.is_superuser else (*fixed, *RIGHTS)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let superusers alone change operators, their passwords included."""
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Explain why somebody with deals cannot be deleted, without reading all of them."""
        kept = [because for person in objs for because in [why_kept(person)] if because]
        if kept:
            return [], {}, set(), kept
        return super().get_deleted_objects(objs, request)


SHOWN_VALUES = ("is_active", *RIGHTS, "permissions")
"""Of these the event has the old and the new value: they decide who may do what."""


def changes_of(form: Any) -> list[str]:
    """Return what a form changes, with both values where they decide who may do what."""
    return [_change(form, name) for name in form.changed_data if not _is_the_same_second(form, name)]


def _is_the_same_second(form: Any, name: str) -> bool:
    """Whether a time only lost its microseconds, which the form does not show."""
    before, after = form.initial.get(name), form.cleaned_data.get(name)
    times = isinstance(before, datetime) and isinstance(after, datetime)
    return times and before.replace(microsecond=0) == after


def _change(form: Any, name: str) -> str:
    if name not in SHOWN_VALUES:
        return str(name)
    return f"{name}: {_value(form.initial.get(name))} → {_value(form.cleaned_data.get(name))}"


def _value(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return str(value)
    return ", ".join(sorted(str(each) for each in value)) or "–"


def note_account(request: HttpRequest, obj: Any, act: str, changed: Sequence[str] = ()) -> None:
    """Write the event of an account or a role. A deleted account has only its name."""
    staff: Any = request.user
    person = obj if isinstance(obj, User) and act != "deleted" else None
    staff_log.account_was_changed(staff=staff, person=person, account=str(obj), act=act, changed=list(changed))


def _may_touch(request: HttpRequest, person: User | None) -> bool:
    rights = person is not None and (person.is_staff or person.is_superuser)
    return bool(request.user.is_superuser) or not rights


def why_kept(person: User) -> str:
    """Why this person cannot be deleted, empty when nothing stands in the way."""
    traces = (
        (
            TalkRoom.objects.filter(Q(buyer=person) | Q(seller=person)),
            _("{username} bought or sold. What happened must stay explainable: make the account inactive instead."),
        ),
        (
            Seller.objects.filter(user=person),
            _("{username} is a seller. What happened must stay explainable: make the account inactive instead."),
        ),
        (
            Event.objects.filter(actor=person),
            _("Events name {username}. What happened must stay explainable: make the account inactive instead."),
        ),
    )
    return next((text.format(username=person.username) for rows, text in traces if rows.exists()), "")


@admin.register(Group)
class RoleAdmin(LoggedAdmin, GroupAdmin):
    """Groups, as roles: for superusers alone, since a permission added here is a right given."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    has_add_permission = has_module_permission

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's name
        return bool(request.user.is_superuser)

    has_delete_permission = has_change_permission
