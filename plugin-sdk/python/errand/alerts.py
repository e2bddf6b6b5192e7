"""Making other plugins act: they hear `alert.raised`. The manifest's `imports` has to name `alerts`."""

import json as _json

from wit_world.imports import alerts as _wit

from ._ask import ask, failing
from ._plain import plain
from .failure import Failure


def raise_(
    issue: str,
    rule: str,
    reason: str,
    action: str = "notify",
    to: list[str] | None = None,
    people: list[str] | None = None,
    extra: dict | None = None,
) -> None:
    """Raises an alert about an issue, once the call has ended well.

    `to` names the installations that are to act, by id or name; `people` whom they are to tell: `user:12`,
    `team:backend`, an e-mail address.
    """
    alert = _wit.Alert(rule, reason, action, to or [], people or [], _json.dumps(extra or {}))
    ask(
        lambda: _wit.raise_(issue, alert),
        NotFound=failing(Failure.permanent, "there is no such issue here"),
        Invalid=failing(lambda why: Failure.config(None, why)),
    )


def targets() -> list:
    """Whom an alert can name: `id`, `name` and `plugin` each."""
    return plain(ask(_wit.targets))
