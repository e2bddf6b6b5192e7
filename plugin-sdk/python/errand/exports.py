"""Between the hub's interface and the functions of `plugin.py`. What is built begins here.

| `plugin.py` has                        | the hub calls it             | manifest   |
| -------------------------------------- | ---------------------------- | ---------- |
| `on_event(call, event, settings)`      | for each change              | `changes`  |
| `on_action(call, action, settings)`    | when a button is pressed     | `actions`  |
| `on_request(call, request, settings)`  | when another system calls    | `inbound`  |
| `on_schedule(call, job, due, settings)`| when a job is due            | `schedule` |
| `check(settings)`, if it likes         | before settings are saved    |            |
"""

import json
from dataclasses import fields, is_dataclass
from enum import Enum
from types import SimpleNamespace

import plugin
from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import settings as _settings
from wit_world.imports import types

from .failure import Failure

#: Fields whose text is JSON.
_JSON_FIELDS = {"details", "extra"}


class Configuration:
    def validate(self, config: str):
        check = getattr(plugin, "check", lambda _: [])
        problems = _run(lambda: check(json.loads(config)) or [])
        return exports.configuration.Check([types.Problem(field, message) for field, message in problems], None)


class Events:
    def on_event(self, delivery, event):
        return _outcome(lambda: plugin.on_event(_plain(delivery), _plain(event), _current()))


class Actions:
    def on_action(self, delivery, action, issue, by, input):
        pressed = SimpleNamespace(id=action, issue=_plain(issue), by=_plain(by), input=json.loads(input))
        reply = _run(lambda: plugin.on_action(_plain(delivery), pressed, _current())) or {}
        return exports.actions.Reply(reply.get("message"), reply.get("open_url"))


class Inbound:
    def on_request(self, delivery, request):
        answer = _run(lambda: plugin.on_request(_plain(delivery), request, _current())) or {}
        body = answer.get("body", b"")
        body = body.encode() if isinstance(body, str) else body
        return exports.inbound.Response(answer.get("status", 204), answer.get("content_type", "application/json"), body)


class Schedule:
    def on_schedule(self, delivery, job, due):
        return _outcome(lambda: plugin.on_schedule(_plain(delivery), job, due, _current()))


def _current() -> dict:
    return json.loads(_settings.all())


def _outcome(work) -> types.Outcome:
    return types.Outcome[(_run(work) or "done").upper()]


def _run(work):
    """A failure is told to the hub; anything else is a crash, whose traceback the log shows."""
    try:
        return work()
    except Failure as failure:
        raise Err(_told(failure)) from None


def _told(failure: Failure):
    value = failure.value
    match failure.kind:
        case "retry":
            return types.Failure_Retry(types.RetryHint(*value))
        case "rate_limited":
            return types.Failure_RateLimited(value)
        case "config":
            return types.Failure_Config(types.Problem(*value))
        case "auth":
            return types.Failure_Auth(value)
        case _:
            return types.Failure_Permanent(value)


def _plain(value, name: str = ""):
    """A record of the interface as Python likes it: cases of enums as text, JSON read."""
    if name in _JSON_FIELDS:
        return json.loads(value) if value else {}
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        names = [field.name for field in fields(value)]
        return SimpleNamespace(**{name: _plain(getattr(value, name), name) for name in names})
    return value
