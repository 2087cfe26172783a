"""Every page there is, derived from the addresses themselves: the tests of all pages visit a new one at once."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.urls import reverse

from config.pages.urls import urlpatterns


def pages(ids: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Return name and path of each page. `ids` are what addresses name: a page that names something else fails here."""
    for each in urlpatterns:
        wanted = each.pattern.converters
        assert each.name
        yield each.name, reverse(f"pages:{each.name}", kwargs={name: ids[name] for name in wanted})


def shown(ids: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Return name and path of each page that can be looked at."""
    views = {each.name: vars(each.callback)["view_class"] for each in urlpatterns}
    return ((name, path) for name, path in pages(ids) if hasattr(views[name], "get"))
