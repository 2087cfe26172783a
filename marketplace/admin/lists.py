"""What every list and page of facts has: nothing editable, bounded lists, search by index, CSV, buttons."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import display_for_field, label_for_field, lookup_field, unquote
from django.core.exceptions import PermissionDenied
from django.db.models import DateTimeField, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.admin import export, panels
from marketplace.admin.buttons import Button
from marketplace.admin.columns import exported, link_to, moment_column, short
from marketplace.admin.confirmation import AT_MOST, ButtonsAdmin
from marketplace.models import Seller, TalkRoom


class FactsAdmin(ButtonsAdmin):
    """Shows rows; the actions alone write them, by buttons. The CSV has the columns of `list_display`."""

    narrowed_by: ClassVar[tuple[str, ...]] = ()
    """What a URL may filter by besides the filters that are shown."""

    list_select_related: ClassVar[tuple[str, ...]] = ()
    actions = ("export_selected",)
    change_list_template = "admin/marketplace/list.html"

    # Columns

    @exported("id", "pk")
    @admin.display(description=gettext_lazy("ID"))
    def short_id(self, row: Model) -> str:
        return short(row.pk)

    @exported("room", "room_id")
    @admin.display(description=gettext_lazy("room"))
    def room_link(self, row: Any) -> str | None:
        return link_to(TalkRoom, row.room_id) if row.room_id else None

    @exported("seller", "seller.user.username")
    @admin.display(description=gettext_lazy("seller"))
    def seller_link(self, row: Any) -> str | None:
        return link_to(Seller, row.seller_id, row.seller.user.username) if row.seller_id else None

    @cached_property
    def _moments(self) -> dict[str, Callable[..., Any]]:
        fields = self.opts.get_fields()
        return {field.name: moment_column(field) for field in fields if isinstance(field, DateTimeField)}

    def _columns(self, names: Any) -> list[Any]:
        return [self._moments.get(name, name) for name in names]

    def get_list_display(self, _request: HttpRequest) -> Any:
        return self._columns(self.list_display)

    def get_sortable_by(self, _request: HttpRequest) -> Any:
        return self._columns(self.sortable_by)

    @cached_property
    def csv_columns(self) -> dict[str, Callable[[Any], Any]]:
        """How to read each cell, by the heading."""
        return dict(self._csv_column(str(name)) for name in self.list_display)

    def _csv_column(self, name: str) -> tuple[str, Callable[[Any], Any]]:
        method = getattr(self, name, None)
        column: tuple[str, Callable[[Any], Any]]
        column = getattr(method, "exported", (name, method)) if method else (name, attrgetter(name))
        return column

    # Who may what

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's names
        return False

    has_change_permission = has_delete_permission = has_add_permission

    # Lists

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related(*self.list_select_related) if self.list_select_related else rows

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:  # noqa: ARG002 - Django asks for these names
        return lookup in (*self.narrowed_by, *(name for each in self.list_filter for name in _parameters_of(each)))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer CSV to everybody who may look, and each button to those who may press it."""
        actions: dict[str, Any] = super().get_actions(request)
        for button in self.allowed_buttons(request):
            actions[button.name] = (_action_of(button), button.name, button.title)
        return actions

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show the list. An action that this operator may not take is refused; Django would ignore it."""
        self.check_view_permission(request)
        action = request.POST.get("action", "")
        if any(button.name == action for button in self.buttons) and action not in self.get_actions(request):
            raise PermissionDenied
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {**(extra_context or {}), "title": title})

    @admin.action(description=gettext_lazy("CSV of the selected"))
    def export_selected(self, request: HttpRequest, rows: "QuerySet[Any]") -> HttpResponseBase:
        self.check_view_permission(request)
        return export.logged(request, str(self.opts.model_name), self.csv_columns, rows, request.GET.urlencode())

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        return self.export_selected(request, self.get_changelist_instance(request).get_queryset(request))

    # Pages

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [path("export/", self.admin_site.admin_view(self.export_view), name=name), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, _form_url: str = "", _extra_context: dict[str, Any] | None = None
    ) -> Any:
        self.check_view_permission(request)
        if request.method != "GET":
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": self.heading(row),
            "row": row,
            "tools": self.tools(request, row),
            "summary": self.summary(row),
            "panels": [*self.panels(request, row), *panels.offered(request, row)],
        }
        return TemplateResponse(request, "admin/marketplace/page.html", context)

    def heading(self, row: Any) -> str:
        return f"{capfirst(self.opts.verbose_name)} {row}"

    def summary(self, _row: Any) -> list[str]:
        return []

    def panels(self, request: HttpRequest, row: Any) -> list[panels.Panel]:
        pairs = [
            (str(label_for_field(name, self.model, self)), self._cell(name, row))
            for name in self.get_list_display(request)
        ]
        return [panels.facts(_("Facts"), *pairs)]

    def _cell(self, name: Any, row: Model) -> Any:
        field, _attribute, value = lookup_field(name, row, self)
        return value if field is None else display_for_field(value, field, self.get_empty_value_display())


def _parameters_of(shown: Any) -> tuple[str, ...]:
    names = getattr(shown, "parameter_names", None)
    return names() if names is not None else (shown.parameter_name,)


def _action_of(button: Button) -> Callable[..., HttpResponse | None]:
    def action(modeladmin: FactsAdmin, request: HttpRequest, rows: "QuerySet[Any]") -> HttpResponse | None:
        keys = [str(key) for key in rows.values_list("pk", flat=True)[: AT_MOST + 1]]
        if len(keys) > AT_MOST:
            keys = keys[:AT_MOST]
            text = _("These are the first {AT_MOST} of those that match: do the others after them.")
            messages.warning(request, text.format(AT_MOST=AT_MOST))
        answer = modeladmin.press(button, request, keys=keys)
        return answer if isinstance(answer, HttpResponse) else None

    return action
