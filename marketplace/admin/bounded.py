"""Lists that cost the same at a hundred rows and at a hundred thousand: nothing counts a whole table."""

from functools import cached_property
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

COUNT_AT_MOST = 5_000
"""Further than this a list is not counted, and not paged: an operator narrows it instead."""
PER_PAGE = 100


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # generic in the stubs only
    """Counts to `COUNT_AT_MOST` at most, along the index that the page itself reads."""

    @cached_property
    def count(self) -> int:
        """How many rows there are, `COUNT_AT_MOST` if there are more."""
        return min(self._counted, COUNT_AT_MOST)

    @property
    def there_is_more(self) -> bool:
        return self._counted > COUNT_AT_MOST

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return int(rows.values("pk")[: COUNT_AT_MOST + 1].count())


class BoundedChangeList(ChangeList):
    """Reads a page of rows even where there are fewer: without a limit, indexes go unused. Sorts by index alone."""

    def get_ordering_field(self, field_name: Any) -> Any:
        """Ignore a URL that sorts by a column without an index."""
        return super().get_ordering_field(field_name) if field_name in (self.sortable_by or ()) else None

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.multi_page:
            self.result_list = self.result_list[: self.list_per_page]


class BoundedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_per_page = list_max_show_all = PER_PAGE
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("pk",)
    sortable_by: ClassVar[list[str] | tuple[str, ...] | None] = ()
    """The columns that an index is ordered by."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[BoundedChangeList]:  # noqa: ARG002 - Django's
        return BoundedChangeList

    def get_search_results(
        self, _request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> "tuple[QuerySet[Any], bool]":
        return (self.found(queryset, search_term) if search_term.strip() else queryset), False

    def found(self, rows: "QuerySet[Any]", _term: str) -> "QuerySet[Any]":
        """Keep the rows that a search means."""
        return rows
