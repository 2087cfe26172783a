"""People are made here; sign-up is the marketplace's own. Who may what is a superuser's to say."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from knox import admin as knox_admin
from knox.models import AuthToken

from marketplace.actions import staff_log
from marketplace.addresses import tidied
from marketplace.admin import access, dossier, finding, panels
from marketplace.admin.asked import FIRST_DAY, LAST_DAY
from marketplace.admin.bounded import BoundedChangeList, BoundedPaginator
from marketplace.admin.buttons import Button
from marketplace.admin.lists import tool
from marketplace.admin.pressing import press
from marketplace.admin.words import LISTS, label, said
from marketplace.models import Deal, Event, Seller, TalkRoom, User
from marketplace.readers import time_zones

OWN_FIELDS = {
    "email_confirmed_at": label("Address confirmed", "メールアドレスの確認日時"),
    "language": label("Language", "言語"),
    "time_zone": label("Time zone", "タイムゾーン"),
}
RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")
"""What makes somebody an operator: whoever could change it could make themselves a supervisor."""

admin.site.unregister(Group)
assert knox_admin.AuthTokenAdmin  # noqa: S101 - registered by its import, and taken back:
admin.site.unregister(AuthToken)  # nobody looks at tokens, and nobody makes one for somebody else


class PersonForm(UserChangeForm):  # type: ignore[type-arg]  # generic in the stubs only
    """Refuses a time zone that nobody knows, and times that could not be read back: they would lock the person out."""

    def clean(self) -> dict[str, Any]:
        """Refuse times at the ends of the calendar: in some time zone they lie beyond."""
        super().clean()
        for name, value in list(self.cleaned_data.items()):
            if isinstance(value, datetime) and not FIRST_DAY <= value.date() <= LAST_DAY:
                years = FIRST_DAY.year, LAST_DAY.year
                self.add_error(
                    name, said("Between {} and {}.", "{}年から{}年までの日付を入力してください。").format(*years)
                )
        return self.cleaned_data

    def clean_email(self) -> str:
        """Keep the address as it is kept everywhere."""
        return tidied(self.cleaned_data["email"])

    def clean_time_zone(self) -> str:
        """Accept a name such as Asia/Tokyo, or nothing."""
        name: str = self.cleaned_data["time_zone"]
        if name and name not in time_zones():
            raise ValidationError(said("No such time zone.", "存在しないタイムゾーンです。"))
        return name


@admin.register(User)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """People, by name."""

    form = PersonForm
    list_display = ("username", "email", "is_staff", "is_active")
    list_filter = ()
    fieldsets = (*(UserAdmin.fieldsets or ()), ("Renraku", {"fields": tuple(OWN_FIELDS)}))
    ordering = ("username",)
    search_fields = ("pk",)
    search_help_text = label(
        "Id, or the beginning of a user name or address", "ID、またはユーザー名・メールアドレスの先頭"
    )
    list_max_show_all = list_per_page = 100
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    actions = None

    change_form_template = "admin/marketplace/person.html"
    buttons = (access.EndAccess(),)

    @property
    def plural(self) -> str:
        """What the list is called."""
        return str(LISTS[str(self.opts.model_name)])

    def get_urls(self) -> list[URLPattern]:
        """Add an address for each button."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        wrap = self.admin_site.admin_view
        pressed = [
            path(f"act/{button.name}/", wrap(self._press(button)), name=f"{name}_{button.name}")
            for button in self.buttons
        ]
        return [*pressed, *super().get_urls()]

    def _press(self, button: Button) -> Callable[[HttpRequest], HttpResponseBase]:
        def pressed(request: HttpRequest) -> HttpResponseBase:
            if not self.has_view_permission(request):
                raise PermissionDenied
            return press(self, button, request)

        return pressed

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what is open below the form, and the buttons beside its title."""
        person = self.get_object(request, unquote(object_id))
        more: dict[str, Any] = {"plural": self.plural}
        if person is not None and self.has_view_permission(request, person):
            more["panels"] = [
                access.panel(request, person),
                *panels.offered(request, person),
                *dossier.panels(request, person),
            ]
            more["tools"] = [
                tool(self.admin_site.name, button, person)
                for button in self.buttons
                if request.user.has_perm(button.permission) and _may_touch(request, person)
            ]
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Name our own fields in both languages; Django names the others."""
        named = {"label": OWN_FIELDS[db_field.name]} if db_field.name in OWN_FIELDS else {}
        return super().formfield_for_dbfield(db_field, request, **named, **kwargs)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[BoundedChangeList]:  # noqa: ARG002 - Django's
        """Read page by page."""
        return BoundedChangeList

    def get_search_results(
        self, _request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> "tuple[QuerySet[Any], bool]":
        """Search by index."""
        return (queryset.filter(pk__in=finding.people(search_term)) if search_term.strip() else queryset), False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Let superusers alone say who may what."""
        fixed = super().get_readonly_fields(request, obj)
        return fixed if request.user.is_superuser else (*fixed, *RIGHTS)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let superusers alone change operators, their passwords included."""
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let superusers alone delete operators."""
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:  # noqa: FBT001, FBT002 - Django's
        """Keep what the form changed for the event."""
        request.changed_of_account = changes_of(form)  # type: ignore[attr-defined]  # carried to `log_change`
        return super().construct_change_message(request, form, formsets, add)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write an event too: everything that staff do is one log."""
        note_account(request, obj, obj, "created")
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write an event too; a new password comes here without a form of ours."""
        note_account(request, obj, obj, "changed", getattr(request, "changed_of_account", ["password"]))
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Write an event of each too."""
        for person in queryset:
            note_account(request, None, person, "deleted")
        return super().log_deletions(request, queryset)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Say why somebody with deals cannot be deleted, without reading all of them."""
        kept = [because for person in objs for because in [why_kept(person)] if because]
        if kept:
            return [], {}, set(), kept
        return super().get_deleted_objects(objs, request)


SHOWN_VALUES = ("is_active", *RIGHTS, "permissions")
"""Of these the event tells what they were and what they are: they say who may do what."""


def changes_of(form: Any) -> list[str]:
    """Name what a form changes, with both values where they say who may do what."""
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


def note_account(request: HttpRequest, person: User | None, named: Any, act: str, changed: Sequence[str] = ()) -> None:
    """Write the event of an account or a role."""
    staff: Any = request.user
    staff_log.account_was_changed(staff=staff, person=person, account=str(named), act=act, changed=list(changed))


def _may_touch(request: HttpRequest, person: User | None) -> bool:
    rights = person is not None and (person.is_staff or person.is_superuser)
    return bool(request.user.is_superuser) or not rights


def why_kept(person: User) -> str:
    """Return why this person cannot be deleted, empty when nothing stands in the way."""
    traces = (
        (TalkRoom.objects.filter(Q(buyer=person) | Q(seller=person)), said("bought or sold", "取引があります")),
        (Deal.objects.filter(buyer=person), said("bought", "購入があります")),
        (Seller.objects.filter(user=person), said("is a seller", "出品者です")),
        (Event.objects.filter(actor=person), said("acted: events tell it", "操作の記録があります")),
    )
    why = next((because for rows, because in traces if rows.exists()), "")
    if not why:
        return ""
    return said(
        f"{person.username} {why}. What happened must stay explainable: make the account inactive instead.",
        f"{person.username}: {why}。記録を残すため削除できません。代わりに無効にしてください。",
    )


@admin.register(Group)
class RoleAdmin(GroupAdmin):
    """Groups, as roles: for superusers alone, since a permission added here is a right given."""

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:  # noqa: FBT001, FBT002 - Django's
        """Keep what the form changed for the event."""
        request.changed_of_account = changes_of(form)  # type: ignore[attr-defined]  # carried to `log_change`
        return super().construct_change_message(request, form, formsets, add)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write an event too."""
        note_account(request, None, obj, "created", getattr(request, "changed_of_account", []))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Write an event too."""
        note_account(request, None, obj, "changed", getattr(request, "changed_of_account", []))
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Write an event of each too."""
        for role in queryset:
            note_account(request, None, role, "deleted")
        return super().log_deletions(request, queryset)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show it to superusers."""
        return bool(request.user.is_superuser)

    has_add_permission = has_module_permission

    def has_change_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        """Let superusers change it."""
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        """Let superusers delete it."""
        return bool(request.user.is_superuser)
