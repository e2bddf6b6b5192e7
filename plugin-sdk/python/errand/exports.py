"""Between the hub's interface and the functions of `plugin.py`. What is built begins here.

| `plugin.py` has                        | the hub calls it             | manifest   |
| -------------------------------------- | ---------------------------- | ---------- |
| `on_event(call, event, settings)`      | for each change              | `changes`  |
| `on_digest(call, group, events, settings)` | for what came together   | `digest`   |
| `on_action(call, action, settings)`    | when a button is pressed     | `actions`  |
| `draw_form(action, settings)`          | when its form is looked at   | `drawn`    |
| `find_choices(action, field, query, page, settings)` | when a field is filled in | `drawn` |
| `on_request(call, request, settings)`  | when another system calls    | `inbound`  |
| `on_schedule(call, job, due, settings)`| when a job is due            | `schedule` |
| `look_up(setting, query, page, settings)`  | when a setting is filled in | `lookup` |
| `look_back(events, memory, settings)`  | when settings are tried      |            |
| `migrate(was, settings)`               | when it takes the settings of version `was` over |  |
| `retrace(since, until, memory, settings)` | when the clock is tried |         |
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
        pairs, following = _page(_run(lambda: plugin.look_up(setting, query, page, _current())))
        return exports.choices.Page([exports.choices.Choice(value, label) for value, label in pairs], following)


class Forms:
    def draw(self, action, issue, by, input):
        """A form is its fields, each as in a manifest, or a dictionary of `fields`, `values` and `note`."""
        drawn = _run(lambda: plugin.draw_form(_pressed(action, issue, by, input), _current()))
        form = {"fields": drawn} if isinstance(drawn, list) else drawn
        return exports.forms.Form(json.dumps(form["fields"]), json.dumps(form.get("values", {})), form.get("note"))

    def find(self, action, issue, by, input, field, query, page):
        find = getattr(plugin, "find_choices", lambda *_: [])
        found = _run(lambda: find(_pressed(action, issue, by, input), field, query, page, _current()))
        pairs, following = _page(found)
        return exports.forms.Page([exports.forms.Choice(value, label) for value, label in pairs], following)


class Migration:
    def migrate(self, was, config):
        """A secret is `{"secret": name}`, and may move to another secret setting."""
        return json.dumps(_run(lambda: plugin.migrate(was, json.loads(config))))


class Hindsight:
    def look_back(self, events, memory):
        """Verdicts are pairs, one for each event: what it would have done, as a list, and why."""
        verdicts, kept = _run(lambda: plugin.look_back(plain(events), json.loads(memory), _current()))
        told = [exports.hindsight.Verdict(event.id, did, why) for event, (did, why) in zip(events, verdicts)]
        return exports.hindsight.Answer(told, json.dumps(kept))


class Retrace:
    def retrace(self, since, until, memory):
        """A dictionary of `deeds` (each with `at`, `issue`, `change`, `did`, `why`), `reached`, `is_capped` and `memory`."""
        told = _run(lambda: plugin.retrace(since, until, json.loads(memory), _current()))
        deeds = [
            exports.retrace.Deed(deed["at"], deed["issue"], deed.get("change", ""), deed["did"], deed.get("why", ""))
            for deed in told.get("deeds", [])
        ]
        kept = json.dumps(told.get("memory", {}))
        return exports.retrace.Answer(deeds, told.get("reached", until), told.get("is_capped", False), kept)


class Actions:
    def on_action(self, delivery, action, issue, by, input):
        pressed = _pressed(action, issue, by, input)
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


def _pressed(action, issue, by, input):
    return SimpleNamespace(id=action, issue=plain(issue), by=plain(by), input=json.loads(input))


def _page(found):
    found, following = found if isinstance(found, tuple) else (found or [], None)
    return [(one, one) if isinstance(one, str) else one for one in found], following


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
