"""Effects that must not happen twice, such as making a ticket. The manifest's `imports` has to name `once`.

    fate = once.begin(f"ticket/{event.issue.id}")
    if fate.state == once.DONE:
        return fate.result                                    # an earlier call made it
    found = search() if fate.state == once.UNKNOWN else None  # a call was cut while it was at it: ask
    return fate.finish(found or create())
"""

import json as _json

from wit_world.imports import once as _wit

from ._ask import ask
from .failure import Failure

FRESH = "fresh"
DONE = "done"
UNKNOWN = "unknown"


class Fate:
    """What is known of an effect. One that is fresh or unknown is this call's: say how it ended."""

    def __init__(self, key: str, state: str, result=None):
        self._key = key
        self.state = state
        self.result = result

    def finish(self, result):
        """It happened; keeps what came of it (as JSON) and gives it back."""
        value = _json.dumps(result).encode()
        ask(lambda: _wit.finish(self._key, value))
        return result

    def forget(self) -> None:
        """It certainly did not happen: the next call finds it fresh."""
        ask(lambda: _wit.forget(self._key))


def begin(key: str) -> Fate:
    """Takes the effect of a key, unless another call did."""
    match ask(lambda: _wit.begin(key)):
        case _wit.State_Busy():
            raise Failure.retry(f"another call is at '{key}'")
        case _wit.State_Done(value):
            return Fate(key, DONE, _json.loads(value))
        case _wit.State_Fresh():
            return Fate(key, FRESH)
        case _:
            return Fate(key, UNKNOWN)
