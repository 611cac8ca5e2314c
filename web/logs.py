"""Logs: one JSON object a line, with the request's id; in colours when somebody is watching."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

QUIET = ("alembic", "httpx2", "asyncio", "websockets")
"""Libraries whose everyday news is nobody's; their warnings are kept."""


DETAIL = re.compile(r"\nDETAIL:[^\n]*")
"""PostgreSQL's own words about a row that was refused, with the values in it."""


def without_values(_logger: object, _name: str, event: MutableMapping[str, Any]) -> Any:
    """A record whose traceback repeats nothing that people wrote."""
    if isinstance(event.get("exception"), str):
        event["exception"] = DETAIL.sub("", event["exception"])
    return event


def configure_logs(*, pretty: bool | None = None) -> None:
    """Write every logger's lines to stderr; `pretty` unless told: whether that is a terminal."""
    watched = sys.stderr.isatty() if pretty is None else pretty
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    ending: list[Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if watched
        else [
            structlog.processors.format_exc_info,
            without_values,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    )
    structlog.configure(
        processors=[*shared, *ending],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
