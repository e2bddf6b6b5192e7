"""Uses everything that a plugin may use, and tells the other side what came of it."""

import json
import random
import time

from errand import Failure, alerts, changes, http, issues, kv, log, mail, now, once, people, stats
from errand import random as chance


def failure(call):
    """How a call fails."""
    try:
        call()
    except Failure as failed:
        return failed.kind
    return "none"


def tell(settings, what, **body):
    http.post(settings["url"]).json({"what": what, **body}).send().ok()


def on_digest(call, group, events, settings):
    issue, at = events[0].issue, events[0].at
    print(f"printed for {issue.short_id}")
    log.info("posted", issue=issue.short_id)
    log.explain("it was asked to")
    revision = kv.put("a/x", {"n": 1})
    key = f"ticket/{issue.id}"
    if once.begin(key).state != once.DONE:
        once.begin(f"{key}/2").finish("T-1")
    change = changes.of(issue.id).on_behalf_of("Mia", "5b10")
    change.comment("k1", "from elsewhere")
    change.prioritize("low")
    change.link(system="probe", id="1", name="T-1")
    hour = now() - 3_600_000
    entry = kv.entry("a/x")
    latest, then = issues.latest_event(issue.id, "level"), issues.event_at(issue.id, now(), "level")
    found = issues.get(issue.id)
    tell(
        settings,
        "digest",
        group=group,
        events=len(events),
        level=issue.level,
        at=at,
        nowMs=time.time() * 1000,
        random=random.random(),
        chance=len(chance(8)),
        value=kv.get("a/x"),
        entry=entry is not None and entry[1] == revision,
        keys=kv.keys("a/"),
        missing=kv.get("a/y") is None,
        conflict=failure(lambda: kv.put("a/x", {}, revision + 5)),
        once=once.begin(f"{key}/2").result,
        title=found is not None and found.title == issue.title,
        nowhere=issues.get("999") is None,
        latest=latest and latest["level"],
        then=then and then["level"],
        found=len(issues.search("is:unresolved", limit=10).issues),
        badSearch=failure(lambda: issues.search("is:what")),
        linked=len(issues.find_by_link("probe", "1")) + len(issues.links(issue.id)),
        counted=stats.count(hour, issue=issue.id).events,
        between=stats.count_between(hour, now(), with_users=True).users,
        frequent=len(stats.frequent(hour, 1)),
        fresh=[
            [new.value, "string" if isinstance(new.issue.title, str) else "none"]
            for new in stats.new_values("environment", hour, now())
        ],
        targets=[target.plugin for target in alerts.targets()],
        mailed=failure(lambda: mail.send("ada@example.com", "a\nb", "x", key=call.idempotency_key)),
        hourly=sum(stats.hourly(issue.id, 2)),
        nobody=people.find("nobody@example.com") is None,
        escaped=mail.escape("<b>'").replace("&#x27;", "&#39;"),
    )
    for target in alerts.targets()[:1]:
        alerts.raise_(issue.id, "Probe", "it is there", to=[target.name], extra={"n": 1})


def on_action(call, action, settings):
    return {"message": f"{'somebody' if action.by.name else ''} asked {action.input.get('queue') or action.input.get('who')}"}


def on_request(call, request, settings):
    return {"status": 202, "body": json.dumps({"route": request.route})}


def on_schedule(call, job, due, settings):
    tell(settings, "job", job=job, isNumber=isinstance(due, int))


def look_up(setting, query, page, settings):
    # It asks the other side, which it may although nothing is to be changed.
    http.post(settings["url"]).json({"what": "question"}).asking().send().ok()
    return [(f"{setting}-{query}", "One"), "two"], None if page else "2"


def draw_form(action, settings):
    return {
        "fields": [{"key": "who", "type": "text", "label": "Who", "required": True, "lookup": True}],
        "values": {"who": action.input.get("who") or action.by.name},
        "note": action.issue.short_id,
    }


def find_choices(action, field, query, page, settings):
    return [f"{action.id}-{field}-{query}"]


def migrate(was, settings):
    """The room was called channel once."""
    settings["room"] = f"{settings.pop('channel', None)} of {was}"
    return settings


def retrace(since, until, memory, settings):
    # Half an hour at a time, however much is asked.
    reached = min(until, since + 1_800_000)
    minutes = stats.by_minutes(since, until, with_users=True).minutes
    deeds = [
        {"at": reached, "issue": minute.issue, "change": "clock", "did": ["look"], "why": "it is time"}
        for minute in minutes[:1]
    ]
    return {"deeds": deeds, "reached": reached, "memory": {"times": memory.get("times", 0) + 1}}


def look_back(events, memory, settings):
    seen = memory.get("seen", 0) + len(events)
    return [([event.change], "always") for event in events], {"seen": seen}


def check(settings):
    return [("room", "there is no such room")] if settings.get("room") == "attic" else []
