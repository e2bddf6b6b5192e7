"""A small memory of the installation, of JSON values. The manifest's `imports` has to name `kv`."""

import json as _json

from wit_world.imports import kv as _wit

from ._ask import ask, failing
from .failure import Failure


def get(key: str, default=None):
    """The value of a key."""
    found = entry(key)
    return default if found is None else found[0]


def entry(key: str):
    """The value of a key and its revision, or None."""
    found = ask(lambda: _wit.get(key))
    return None if found is None else (_json.loads(found.value), found.revision)


def put(key: str, value, expect: int | None = None) -> int:
    """Writes a value and gives the new revision.

    With `expect`, only if the entry stands at that revision (0: if there is none); else it raises a `Failure` that has
    the call made again.
    """
    data = _json.dumps(value).encode()
    return ask(lambda: _wit.put(key, data, expect), Conflict=failing(Failure.retry, "somebody was faster"))


def remove(key: str) -> None:
    """Deletes; no error if there was none."""
    ask(lambda: _wit.delete(key))


def keys(prefix: str = "", after: str | None = None, limit: int = 1000) -> list[str]:
    """Keys that begin with `prefix`, in order, after `after`; at most `limit`, and never more than 1000."""
    return ask(lambda: _wit.keys(prefix, after, limit))
