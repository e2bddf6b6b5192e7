"""Who people and teams of the hub are. The manifest's `imports` has to name `people`."""

from wit_world.imports import people as _wit

from ._ask import ask
from ._plain import plain


def find(who: str):
    """Who `user:12`, `team:3`, `team:backend` or an e-mail address is: `id`, `name` and `emails`, or None."""
    return plain(ask(lambda: _wit.find(who)))


def act_as(who: str) -> None:
    """From here on, what this call changes of issues is this person's doing (`user:12`, or an address).

    Only for whom another system has proved who they are.
    """
    ask(lambda: _wit.act_as(who))
