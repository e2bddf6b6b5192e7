"""Between the hub's interface and the functions of `plugin.py`. What is built begins here.

| `plugin.py` has                        | the hub calls it             | manifest   |
| -------------------------------------- | ---------------------------- | ---------- |
| `on_event(call, event, settings)`      | for each change              | `changes`  |
| `on_digest(call, group, events, settings)` | for what came together   | `digest`   |
| `on_action(call, action, settings)`    | when a button is pressed     | `actions`  |
| `on_request(call, request, settings)`  | when another system calls    | `inbound`  |
| `on_schedule(call, job, due, settings)`| when a job is due            | `schedule` |
| `look_up(setting, query, page, settings)`  | when a setting is filled in | `lookup` |
| `look_back(events, memory, settings)`  | when settings are tried      |            |
| `check(settings)`, if it likes         | before settings are saved    |            |
"""

import json
from types import SimpleNamespace

import plugin
from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import settings as _settings
from wit_world.imports import types

from ._plain import plain
from .failure import Failure


class Configuration:
    def validate(self, config: str):
        check = getattr(plugin, "check", lambda _: [])
        problems = _run(lambda: check(json.loads(config)) or [])
        return exports.configuration.Check([types.Problem(field, message) for field, message in problems], None)


class Events:
    def on_event(self, delivery, event):
        return _outcome(lambda: plugin.on_event(plain(delivery), plain(event), _current()))


class Digests:
    def on_digest(self, delivery, group, events):
        return _outcome(lambda: plugin.on_digest(plain(delivery), group, plain(events), _current()))


class Choices:
    def look_up(self, config, setting, query, page):
        """A choice is a pair of value and label, or a text that is both; with more pages, a pair of all and `next`."""
        found = _run(lambda: plugin.look_up(setting, query, page, _current())) or []
        found, following = found if isinstance(found, tuple) else (found, None)
        pairs = [(one, one) if isinstance(one, str) else one for one in found]
        return exports.choices.Page([exports.choices.Choice(value, label) for value, label in pairs], following)


class Hindsight:
    def look_back(self, events, memory):
        """Verdicts are pairs, one for each event: what it would have done, as a list, and why."""
        verdicts, kept = _run(lambda: plugin.look_back(plain(events), json.loads(memory), _current()))
        told = [exports.hindsight.Verdict(event.id, did, why) for event, (did, why) in zip(events, verdicts)]
        return exports.hindsight.Answer(told, json.dumps(kept))


class Actions:
    def on_action(self, delivery, action, issue, by, input):
        pressed = SimpleNamespace(id=action, issue=plain(issue), by=plain(by), input=json.loads(input))
        reply = _run(lambda: plugin.on_action(plain(delivery), pressed, _current())) or {}
        return exports.actions.Reply(reply.get("message"), reply.get("open_url"))


class Inbound:
    def on_request(self, delivery, request):
        answer = _run(lambda: plugin.on_request(plain(delivery), request, _current())) or {}
        body = answer.get("body", b"")
        body = body.encode() if isinstance(body, str) else body
        return exports.inbound.Response(answer.get("status", 204), answer.get("content_type", "application/json"), body)


class Schedule:
    def on_schedule(self, delivery, job, due):
        return _outcome(lambda: plugin.on_schedule(plain(delivery), job, due, _current()))


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
