"""Issues as they stand now, of the installation's projects. The manifest's `imports` has to name `issues`."""

import json as _json

from wit_world.imports import issues as _wit

from ._ask import ask
from ._plain import plain


def get(id: str):
    """An issue by its id, or None."""
    return plain(ask(lambda: _wit.get(id), NotFound=_none))


def latest_event(id: str, *fields: str) -> dict | None:
    """Its latest event, with these of its fields, or all; None if none is kept."""
    return _read(ask(lambda: _wit.latest_event(id, list(fields)), NotFound=_none))


def event_at(id: str, at: int, *fields: str) -> dict | None:
    """The same of its latest event that had come in by then: what a change at that time was about."""
    return _read(ask(lambda: _wit.event_at(id, at, list(fields)), NotFound=_none))


def links(id: str) -> list:
    """The tickets that it is linked with, the oldest link first."""
    return plain(ask(lambda: _wit.links(id), NotFound=_none)) or []


def find_by_link(system: str, id: str) -> list:
    """The issues that are linked with a ticket, the newest first."""
    return plain(ask(lambda: _wit.find_by_link(system, id), NotFound=_none)) or []


def search(query: str, after: str | None = None, limit: int = 25):
    """A page of the issues that a search finds, the latest seen first: `issues` and `next`."""
    return plain(ask(lambda: _wit.search(query, after, limit)))


def _none(_):
    return None


def _read(event: str | None) -> dict | None:
    return None if event is None else _json.loads(event)
