"""Mail in the hub's name: to people of the hub, and to addresses that stand in the settings.

The manifest's `imports` has to name `mail`.
"""

import html as _html
import unicodedata as _unicodedata

from wit_world.imports import mail as _wit

from ._ask import ask, failing
from .failure import Failure

#: Characters of a subject.
LONGEST = 180

_REFUSALS = {
    "Unconfigured": failing(
        lambda why: Failure.config(None, why), "the hub has no mail server: [mail] in its configuration names one"
    ),
    "Denied": failing(lambda why: Failure.config(None, why)),
}


def people(of: str) -> list[str]:
    """The people that `user:12` or `team:3` stands for, each as `user:12`."""
    return ask(lambda: _wit.people(of), **_REFUSALS)


def send(
    to: str,
    subject: str,
    text: str,
    key: str,
    html: str | None = None,
    images: list[tuple[str, str, bytes]] | None = None,
    thread: str | None = None,
) -> str:
    """Sends a message to one of them, or to an address, and gives its id.

    `html` has to have texts of others escaped, see `escape`; `images` are id, content type and bytes, which it shows as
    `cid:` and their id. `key` is to be the same in every attempt: mostly `call.idempotency_key`.
    """
    line = "".join(" " if _unicodedata.category(one) == "Cc" else one for one in subject)
    cut = f"{line[:LONGEST]}…" if len(line) > LONGEST else line
    pictures = [_wit.Image(*image) for image in images or []]
    message = _wit.Message(cut, text, html, pictures, thread, key)
    return ask(lambda: _wit.send(to, message), **_REFUSALS)


#: Marks that reorder text would let a title hide what stands beside it.
_MARKS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def escape(text: object) -> str:
    """A text as HTML shows it."""
    return _html.escape(str(text)).translate(_MARKS)
