"""The operators' way in: one log-in for everybody, throttled in one place."""

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache


@never_cache
def log_in(request: HttpRequest) -> HttpResponseRedirect:
    """Lead to the log-in, and from there to the page of the admin that was wanted.

    Who is logged in and may see the admin goes on at once; who may not is told so beside the log-in.
    """
    if admin.site.has_permission(request):
        return HttpResponseRedirect(_wanted(request))
    return redirect_to_login(_wanted(request), reverse("pages:log-in"))


def _wanted(request: HttpRequest) -> str:
    """Return a page of the admin: the one that was asked for, else its first."""
    asked, first = request.GET.get("next", ""), reverse("admin:index")
    ours = url_has_allowed_host_and_scheme(asked, allowed_hosts=None) and asked.startswith(first)
    return asked if ours and not asked.startswith(reverse("admin:login")) else first
