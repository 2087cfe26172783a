"""Configures logging: one line per event, ours and every library's, as `console` text or `json`.

All lines go through the standard library's logging and leave in one format, so that a library's
warning carries the request's and the task's id as ours do. Tracebacks show no local variables:
they hold passwords and tokens.
"""

import logging
from typing import Any

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

CONSOLE, JSON = "console", "json"
LAYOUTS = (CONSOLE, JSON)

SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
# Celery's two lines for each tick that found nothing would hide the line that says what was settled. django-structlog
# logs failed tasks and refused requests, so nobody else need do so.
LEVELS = {
    "celery.app.trace": "CRITICAL",
    "celery.beat": "WARNING",
    "celery.worker.strategy": "WARNING",
    "django.security.csrf": "ERROR",  # `marketplace.pages.errors` names the origin, and the setting that admits it
}
# These libraries come with handlers of their own; their lines go to the root logger instead.
TAMED = ("django", "gunicorn.error")


class WithTraceback(logging.Filter):
    """Keeps only Django's lines with a traceback: the line of the answer says the rest, with its ids."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.exc_info is not None


def configuration(layout: str, level: str, role: str) -> dict[str, Any]:
    """Return the configuration for `logging.config.dictConfig`. `role` is this process's."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"with_traceback": {"()": WithTraceback}},
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(layout, role)],
            },
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            **{name: {"handlers": [], "propagate": True, "level": "INFO"} for name in TAMED},
            **{name: {"level": least} for name, least in LEVELS.items()},
            "django.request": {"level": "ERROR", "filters": ["with_traceback"]},
        },
    }


def begin() -> None:
    """Send structlog's lines and warnings through the standard library. Called once a process."""
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _renderers(layout: str, role: str) -> list[Processor]:
    if layout == JSON:

        def in_order(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
            return {**{name: line[name] for name in ("timestamp", "level", "event")}, **line, "role": role}

        return [in_order, structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    console = structlog.dev.ConsoleRenderer(
        colors=False, pad_event_to=0, pad_level=False, exception_formatter=structlog.dev.plain_traceback
    )
    return [_on_one_line, console]


def _on_one_line(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Escape line breaks, so that no foreign text can look like a line of ours. Tracebacks keep theirs."""
    kept = {"exc_info", "stack_info", "exception", "stack"}
    return {name: value if name in kept else _flat(value) for name, value in line.items()}


def _flat(value: object) -> object:
    return value.replace("\r", "\\r").replace("\n", "\\n") if isinstance(value, str) else value
