"""Django's WSGI application, which also reads requests with an unusable charset."""

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest


class Request(WSGIRequest):
    """Falls back to UTF-8 for a codec that decodes no text, such as `charset=zip`; Django would fail."""

    def _set_content_type_params(self, meta: dict[str, str]) -> None:
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc]  # not in the stubs
        except LookupError:
            self.encoding = "utf-8"


class Application(WSGIHandler):
    request_class = Request
