"""Lists that cost the same at a hundred rows and at a hundred thousand: nothing counts a whole table."""

from functools import cached_property
from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.http import HttpRequest

COUNT_AT_MOST = 5_000
"""Further than this a list is not counted, and not paged: an operator narrows it instead."""


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # generic in the stubs only
    """Counts to `COUNT_AT_MOST` at most, along the index that the page itself reads."""

    @cached_property
    def count(self) -> int:
        """How many rows there are, `COUNT_AT_MOST` if there are more."""
        return min(self._counted, COUNT_AT_MOST)

    @property
    def there_is_more(self) -> bool:
        """Whether there are rows that were not counted."""
        return self._counted > COUNT_AT_MOST

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return int(rows.values("pk")[: COUNT_AT_MOST + 1].count())


class BoundedChangeList(ChangeList):
    """Asks for a page of rows even where it knows that there are fewer: without a limit, indexes go unused."""

    def get_results(self, request: HttpRequest) -> None:
        """Read what a page shows."""
        super().get_results(request)
        if not self.multi_page:
            self.result_list = self.result_list[: self.list_per_page]
