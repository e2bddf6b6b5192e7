"""A small memory of the installation, of JSON values. The manifest's `imports` has to name `kv`."""

import json as _json

from componentize_py_types import Err
from wit_world.imports import kv as _wit

from .failure import Failure


def get(key: str, default=None):
    """The value of a key."""
    entry = _told(lambda: _wit.get(key))
    return default if entry is None else _json.loads(entry.value)


def put(key: str, value) -> None:
    """Writes a value."""
    data = _json.dumps(value).encode()
    _told(lambda: _wit.put(key, data, None))


def remove(key: str) -> None:
    """Deletes; no error if there was none."""
    _told(lambda: _wit.delete(key))


def _told(ask):
    try:
        return ask()
    except Err as error:
        match error.value:
            case _wit.Error_Unavailable(why):
                raise Failure.retry(why) from None
            case _wit.Error_Conflict(_):
                raise Failure.permanent("somebody was faster") from None
            case other:
                raise Failure.permanent(other.value) from None
