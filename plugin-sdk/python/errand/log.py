"""What the plugin says about its work; an admin reads it beside the attempt. Keywords become fields of the line."""

import json

from wit_world.imports import log as _log
from wit_world.imports.log import Severity as _Severity


def debug(message: str, **fields) -> None:
    _emit(_Severity.DEBUG, message, fields)


def info(message: str, **fields) -> None:
    _emit(_Severity.INFO, message, fields)


def warn(message: str, **fields) -> None:
    _emit(_Severity.WARN, message, fields)


def error(message: str, **fields) -> None:
    _emit(_Severity.ERROR, message, fields)


def _emit(severity: _Severity, message: str, fields: dict) -> None:
    _log.emit(severity, message, json.dumps(fields) if fields else "")


def explain(why: object) -> None:
    """Why the plugin does what it does, or does nothing: shown to whoever asks. The last one counts."""
    _log.explain(str(why))
