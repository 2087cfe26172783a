"""One line a fact, ours and every library's: `console` for people, `json` for machines.

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
# Two lines a tick that found nothing would hide the line that says what was settled. A task that
# failed and a request that was refused are told by django-structlog: once is enough.
LEVELS = {
    "celery.app.trace": "CRITICAL",
    "celery.beat": "WARNING",
    "celery.worker.strategy": "WARNING",
    "django.security.csrf": "ERROR",  # `marketplace.pages.errors` names the origin, and the setting that admits it
}
# These come with handlers of their own; a line of theirs goes the common way.
TAMED = ("django", "gunicorn.error")


class WithTraceback(logging.Filter):
    """Keeps the lines of Django that say more than the line of the answer, which has the ids."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line has a traceback."""
        return record.exc_info is not None


def configuration(layout: str, level: str, role: str) -> dict[str, Any]:
    """Return what `logging.config.dictConfig` takes. `role` is what this process is."""
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
    """Send what structlog's loggers say, and warnings, through the standard library's. Called once a process."""
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
    """Let nobody's text begin a line of its own, which would look like ours. A traceback comes after it."""
    kept = {"exc_info", "stack_info", "exception", "stack"}
    return {name: value if name in kept else _flat(value) for name, value in line.items()}


def _flat(value: object) -> object:
    return value.replace("\r", "\\r").replace("\n", "\\n") if isinstance(value, str) else value
