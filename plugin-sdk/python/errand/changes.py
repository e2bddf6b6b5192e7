"""Changes of issues. The manifest's `imports` has to name `issue-changes`.

They take place when the call ends well, with its acknowledgement, or not at all.

    changes.of(event.issue.id).assign("team:checkout")
    changes.of(issue.id).expecting(issue.revision).on_behalf_of("Mia", "5b10").resolve(in_next_release=True)
"""

import json as _json
from dataclasses import replace as _replace

from wit_world.imports import issue_changes as _wit
from wit_world.imports import types as _types

from ._ask import ask, failing
from .failure import Failure


def of(issue: str) -> "Changes":
    """Changes of the issue with this id."""
    return Changes(issue, _wit.Terms(None, None))


class Changes:
    """What is to change of one issue, and on what terms."""

    def __init__(self, issue: str, terms):
        self._issue = issue
        self._terms = terms

    def expecting(self, revision: int) -> "Changes":
        """Only while the issue stands at this revision: a person may have been faster."""
        return Changes(self._issue, _replace(self._terms, expect=revision))

    def on_behalf_of(self, name: str, id: str | None = None) -> "Changes":
        """For somebody in another system."""
        return Changes(self._issue, _replace(self._terms, on_behalf_of=_wit.Outsider(id, name)))

    def resolve(
        self, in_release: str | None = None, in_next_release: bool = False, in_commit: str | None = None
    ) -> None:
        """Resolves it: at once, or as it says."""
        how = _wit.Resolution_AtOnce()
        if in_release is not None:
            how = _wit.Resolution_InRelease(in_release)
        if in_next_release:
            how = _wit.Resolution_InNextRelease()
        if in_commit is not None:
            how = _wit.Resolution_InCommit(in_commit)
        self._stage(_wit.resolve, how)

    def unresolve(self) -> None:
        """Takes it up again."""
        self._stage(_wit.unresolve)

    def archive(
        self,
        is_escalating: bool = False,
        date: int | None = None,
        events: tuple[int, int | None] | None = None,
        users: tuple[int, int | None] | None = None,
    ) -> None:
        """Leaves it alone for good, or until any of it comes true; `events` and `users` are a count and the minutes
        within which it is reached, or None for whenever."""
        growth = lambda limit: None if limit is None else _wit.Growth(*limit)
        self._stage(_wit.archive, _wit.ArchiveUntil(is_escalating, date, growth(events), growth(users)))

    def assign(self, to: str | None = None) -> None:
        """Gives it to `user:12`, `team:3`, `team:backend` or an e-mail address; to nobody without."""
        self._stage(_wit.assign, to)

    def prioritize(self, priority: str) -> None:
        """`low`, `medium` or `high`."""
        self._stage(_wit.set_priority, _types.Priority[priority.upper()])

    def comment(self, key: str, text: str) -> None:
        """Says something, in Markdown; said again under the same key, it replaces what was said."""
        self._stage(_wit.comment, key, text)

    def link(
        self,
        system: str,
        id: str,
        name: str,
        url: str = "",
        title: str = "",
        state: str = "",
        is_open: bool = True,
        extra: dict | None = None,
    ) -> None:
        """Links it with a ticket, or says how a linked ticket stands now."""
        ticket = _types.Ticket(system, id, name, url, title, state, is_open, _json.dumps(extra or {}))
        self._stage(_wit.link, ticket)

    def unlink(self, system: str, id: str) -> None:
        """Takes the link with the ticket away."""
        self._stage(_wit.unlink, system, id)

    def _stage(self, change, *what) -> None:
        ask(
            lambda: change(self._issue, *what, self._terms),
            NotFound=failing(Failure.permanent, "there is no such issue here"),
            Conflict=failing(Failure.retry, "somebody changed the issue meanwhile"),
        )
