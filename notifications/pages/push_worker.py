"""The service worker that shows push notices while no page is open."""

from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe


@require_safe
def push_worker(_request: HttpRequest) -> HttpResponse:
    """Serve it from `/`: a worker cannot open pages above its own path."""
    script = finders.find("pages/push-worker.js")
    answer = HttpResponse(Path(str(script)).read_bytes(), content_type="text/javascript; charset=utf-8")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


urlpatterns = [path("push-worker.js", push_worker, name="push-worker")]
