"""The WSGI application: Django's own, but for one kind of request that it cannot read."""

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest


class Request(WSGIRequest):
    """A request whose Content-Type may name any codec: Django believes in `charset=zip`, which is none for text."""

    def _set_content_type_params(self, meta: dict[str, str]) -> None:
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc]  # not in the stubs
        except LookupError:
            self.encoding = "utf-8"


class Application(WSGIHandler):
    """Django's own, with our request."""

    request_class = Request
