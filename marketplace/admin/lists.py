"""What every list and page of facts has: nothing editable, bounded lists, search by index, CSV, buttons."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from marketplace.admin import export, panels
from marketplace.admin.bounded import BoundedChangeList, BoundedPaginator
from marketplace.admin.buttons import Button
from marketplace.admin.columns import Column
from marketplace.admin.pressing import AT_MOST, press
from marketplace.admin.words import LISTS, label, said

PER_PAGE = 100


class FactsAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """Shows rows; the actions alone write them, by buttons."""

    columns: ClassVar[tuple[Column, ...]] = ()
    buttons: ClassVar[tuple[Button, ...]] = ()
    narrowed_by: ClassVar[tuple[str, ...]] = ()
    """What an address may filter by besides the filters that are shown."""

    actions = ("export_selected",)
    list_display_links = None
    list_per_page = list_max_show_all = PER_PAGE
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("pk",)
    change_list_template = "admin/marketplace/list.html"

    def get_list_display(self, _request: HttpRequest) -> Any:
        """Show the columns."""
        return self.columns

    def get_sortable_by(self, _request: HttpRequest) -> Any:
        """Sort by what an index is ordered by."""
        return [column for column in self.columns if column.order]

    @property
    def plural(self) -> str:
        """What the list is called."""
        return str(LISTS[str(self.opts.model_name)])

    # Who may what

    def has_add_permission(self, _request: HttpRequest, *_args: Any) -> bool:
        """Nobody adds a fact by hand."""
        return False

    def has_change_permission(self, _request: HttpRequest, *_args: Any) -> bool:
        """Nobody edits a fact."""
        return False

    def has_delete_permission(self, _request: HttpRequest, *_args: Any) -> bool:
        """Nobody deletes a fact."""
        return False

    def allowed(self, request: HttpRequest) -> list[Button]:
        """Return the buttons that this operator may press."""
        return [button for button in self.buttons if request.user.has_perm(button.permission)]

    def must_see(self, request: HttpRequest) -> None:
        """Raise `PermissionDenied` for who may not look."""
        if not self.has_view_permission(request):
            raise PermissionDenied

    # Lists

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:  # noqa: ARG002 - Django asks for these names
        """Allow what an index answers."""
        return lookup in (*self.narrowed_by, *(name for each in self.list_filter for name in _asked_by(each)))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[BoundedChangeList]:  # noqa: ARG002 - Django's
        """Read page by page."""
        return BoundedChangeList

    def get_search_results(
        self, _request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> "tuple[QuerySet[Any], bool]":
        """Search by index."""
        return (self.found(queryset, search_term) if search_term.strip() else queryset), False

    def found(self, rows: "QuerySet[Any]", _term: str) -> "QuerySet[Any]":
        """Keep the rows that a search means."""
        return rows

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer CSV to who may look, and each button to who may press it."""
        actions: dict[str, Any] = super().get_actions(request)
        for button in self.allowed(request):
            actions[button.name] = (_ask_about(button), button.name, button.title)
        return actions

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Show the list; an action that this operator may not take is refused, not overlooked."""
        self.must_see(request)
        asked = request.POST.get("action", "")
        if any(button.name == asked for button in self.buttons) and asked not in self.get_actions(request):
            raise PermissionDenied
        return super().changelist_view(request, {**(extra_context or {}), "title": self.plural})

    @admin.action(description=label("CSV of the selected", "選択したものをCSVで保存"))
    def export_selected(self, request: HttpRequest, rows: "QuerySet[Any]") -> HttpResponseBase:
        """Write the selected rows."""
        self.must_see(request)
        return export.logged(request, str(self.opts.model_name), self.columns, rows, request.GET.urlencode())

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Write all rows that the filters and the search of the address keep."""
        self.must_see(request)
        changes = self.get_changelist_instance(request)
        rows = changes.get_queryset(request)
        return export.logged(request, str(self.opts.model_name), self.columns, rows, request.GET.urlencode())

    # Pages

    def get_urls(self) -> list[URLPattern]:
        """Add the CSV of a list and an address for each button."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        wrap = self.admin_site.admin_view
        pressed = [
            path(f"act/{button.name}/", wrap(self._press(button)), name=f"{name}_{button.name}")
            for button in self.buttons
        ]
        return [path("export/", wrap(self.export_view), name=f"{name}_export"), *pressed, *super().get_urls()]

    def _press(self, button: Button) -> Callable[[HttpRequest], HttpResponseBase]:
        def pressed(request: HttpRequest) -> HttpResponseBase:
            self.must_see(request)
            return press(self, button, request)

        return pressed

    def change_view(
        self, request: HttpRequest, object_id: str, _form_url: str = "", _extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Show the object: its facts, its panels, and the buttons that apply."""
        self.must_see(request)
        if request.method != "GET":
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": self.heading(row),
            "plural": self.plural,
            "row": row,
            "tools": self.tools(request, row),
            "summary": self.summary(row),
            "panels": [*self.panels(request, row), *panels.offered(request, row)],
        }
        return TemplateResponse(request, "admin/marketplace/page.html", context)

    def heading(self, row: Any) -> str:
        """Name the object."""
        return f"{self.opts.verbose_name} {row}"

    def summary(self, _row: Any) -> list[str]:
        """Say the most important in a sentence or two."""
        return []

    def panels(self, _request: HttpRequest, row: Any) -> list[panels.Panel]:
        """Show the columns as facts."""
        return [panels.facts(said("Facts", "内容"), *((column.title, column(row)) for column in self.columns))]

    def tools(self, request: HttpRequest, row: Any) -> list[dict[str, str]]:
        """Return the buttons that this operator may press on this object now."""
        return [tool(self.admin_site.name, button, row) for button in self.allowed(request) if button.applies_to(row)]


def _asked_by(shown: Any) -> tuple[str, ...]:
    """Return the parameters of a filter."""
    names = getattr(shown, "parameter_names", None)
    return names() if names is not None else (shown.parameter_name,)


def tool(site: str, button: Button, row: Any, back: str = "") -> dict[str, str]:
    """Describe a button for a template."""
    meta = row._meta  # noqa: SLF001 - the name is Django's public one
    address = reverse(f"{site}:{meta.app_label}_{meta.model_name}_{button.name}")
    return {"title": str(button.title), "tone": button.tone, "address": f"{address}?pk={row.pk}{back}"}


def _ask_about(button: Button) -> Callable[..., HttpResponse | None]:
    def action(modeladmin: FactsAdmin, request: HttpRequest, rows: "QuerySet[Any]") -> HttpResponse | None:
        keys = [str(key) for key in rows.values_list("pk", flat=True)[: AT_MOST + 1]]
        if len(keys) > AT_MOST:
            keys = keys[:AT_MOST]
            told = said(
                f"These are the first {AT_MOST} of those that match: do the others after them.",
                f"該当するもののうち最初の{AT_MOST}件です。残りはこの後に実行してください。",
            )
            messages.warning(request, told)
        answer = press(modeladmin, button, request, keys=keys)
        return answer if isinstance(answer, HttpResponse) else None

    return action
