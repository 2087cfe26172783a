"""Every page there is, derived from the addresses themselves: the tests of all pages visit a new one at once."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.urls import reverse

from marketplace.pages import urls as marketplace_pages
from marketplace.pages.page import Page
from notifications.pages import urls as notifications_pages

urlpatterns = [*marketplace_pages.urlpatterns, *notifications_pages.urlpatterns]
NO_PAGE = {"push-worker"}
"""What is answered with something else than a page, a script."""
PARTS = {"live", "badge"}
"""What stands in pages, and is asked for again by itself."""


def views() -> dict[str, type[Page]]:
    """Return the page at each address by the address's name."""
    return {str(each.name): vars(each.callback)["view_class"] for each in urlpatterns if each.name not in NO_PAGE}


def paths(ids: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Return name and path of each. `ids` are what addresses name: a page that names something else fails here."""
    for each in urlpatterns:
        wanted = each.pattern.converters
        yield str(each.name), reverse(f"pages:{each.name}", kwargs={name: ids[name] for name in wanted})


def shown(ids: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Return name and path of each page that can be looked at, parts too."""
    known = views()
    return ((name, path) for name, path in paths(ids) if hasattr(known.get(name), "get"))
