"""What most plugins begin with. What the manifest's `imports` name has a module of its own each."""

from wit_world.imports import clock as _clock

from . import log
from .failure import Failure

__all__ = ["DONE", "IGNORED", "Failure", "log", "now", "random"]

#: How a call ended well; a function that returns nothing has done its work.
DONE = "done"
#: There was nothing to do.
IGNORED = "ignored"


def now() -> int:
    """The hub's time, in milliseconds since 1970."""
    return _clock.now()


def random(length: int) -> bytes:
    """Random bytes fit for keys, at most 4096."""
    return _clock.random(length)
