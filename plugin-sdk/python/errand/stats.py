"""How much happened in the installation's projects. The manifest's `imports` has to name `stats`."""

from wit_world.imports import stats as _wit

from ._ask import ask
from ._plain import plain


def count(since: int, issue: str | None = None, project: str | None = None, tags: dict[str, str] | None = None):
    """What happened since then: `events`, `users`, `since`, `is_at_least`.

    Of an issue, a project, with tags (`{"environment": "production"}`), or of all.
    """
    filter = _wit.Filter(issue, project, list((tags or {}).items()))
    return plain(ask(lambda: _wit.count(filter, since)))


def frequent(since: int, at_least: int, project: str | None = None) -> list:
    """Unresolved issues that happened at least so often since then, at most a day ago; of a project, or of all."""
    return plain(ask(lambda: _wit.frequent(project, since, at_least)))


def count_between(
    since: int,
    until: int,
    issue: str | None = None,
    project: str | None = None,
    tags: dict[str, str] | None = None,
    with_users: bool = False,
):
    """What happened from `since` until `until`, with distinct users if asked for."""
    filter = _wit.Filter(issue, project, list((tags or {}).items()))
    return plain(ask(lambda: _wit.count_between(filter, since, until, with_users)))


def new_values(tag: str, since: int, until: int, project: str | None = None) -> list:
    """Values that a tag had in that time for the first time: `value`, `first_seen` and `issue` each."""
    return plain(ask(lambda: _wit.new_values(project, tag, since, until)))


def hourly(issue: str, hours: int) -> list[int]:
    """Events of an issue in each of the last hours (at most 336), the oldest first; the last holds the present."""
    return list(ask(lambda: _wit.hourly(issue, hours)))


def sessions(
    since: int,
    project: str | None = None,
    release: str | None = None,
    environment: str | None = None,
):
    """How the sessions went that began since then, at most 90 days ago.

    `sessions`, `errored`, `abnormal`, `crashed`, `users`, `users_crashed`, `since`.
    """
    filter = _wit.SessionFilter(project, release, environment)
    return plain(ask(lambda: _wit.sessions(filter, since)))


def by_minutes(
    since: int,
    until: int,
    project: str | None = None,
    tags: dict[str, str] | None = None,
    with_users: bool = False,
):
    """What happened minute by minute: `minutes` (each `at`, `issue`, `events`, `users`) and `is_at_least`."""
    filter = _wit.Filter(None, project, list((tags or {}).items()))
    return plain(ask(lambda: _wit.by_minutes(filter, since, until, with_users)))


def sessions_between(
    since: int,
    until: int,
    project: str | None = None,
    release: str | None = None,
    environment: str | None = None,
):
    """How the sessions went that began from `since` until `until`: by the minute within eight days, before that by hours."""
    filter = _wit.SessionFilter(project, release, environment)
    return plain(ask(lambda: _wit.sessions_between(filter, since, until)))


def sessions_by_minutes(
    since: int,
    until: int,
    project: str | None = None,
    release: str | None = None,
    environment: str | None = None,
):
    """How the sessions went that began in that time: `since`, since when it is known, and `minutes`.

    Each has `at`, `sessions`, `errored`, `abnormal` and `crashed`.
    """
    filter = _wit.SessionFilter(project, release, environment)
    return plain(ask(lambda: _wit.sessions_by_minutes(filter, since, until)))
