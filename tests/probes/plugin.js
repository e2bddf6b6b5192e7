// Uses everything that a plugin may use, and tells the other side what came of it.
import { log, now, random } from "./errand/index.js";
import * as alerts from "./errand/alerts.js";
import * as changes from "./errand/changes.js";
import * as http from "./errand/http.js";
import * as issues from "./errand/issues.js";
import * as kv from "./errand/kv.js";
import * as mail from "./errand/mail.js";
import * as people from "./errand/people.js";
import * as once from "./errand/once.js";
import * as stats from "./errand/stats.js";

/** How a call fails. */
function failure(call) {
  try {
    call();
    return "none";
  } catch (error) {
    return error.payload?.tag ?? `${error}`;
  }
}

const tell = (settings, what, body) => http.post(settings.url).json({ what, ...body }).send().ok();

export function onDigest(call, group, events, settings) {
  const { issue, at } = events[0];
  console.log(`printed for ${issue.shortId}`);
  log.info("posted", { issue: issue.shortId });
  log.explain("it was asked to");
  const revision = kv.put("a/x", { n: 1 });
  const key = `ticket/${issue.id}`;
  if (once.begin(key).is !== "done") once.begin(`${key}/2`).finish("T-1");
  const change = changes.of(issue.id).onBehalfOf("Mia", "5b10");
  change.comment("k1", "from elsewhere");
  change.prioritize("low");
  change.link({ system: "probe", id: "1", name: "T-1" });
  const hour = now() - 3_600_000;
  tell(settings, "digest", {
    group,
    events: events.length,
    level: issue.level,
    at,
    nowMs: Date.now(),
    random: Math.random(),
    chance: random(8).length,
    value: kv.get("a/x"),
    entry: kv.entry("a/x")?.revision === revision,
    keys: kv.keys("a/"),
    missing: kv.get("a/y") === undefined,
    conflict: failure(() => kv.put("a/x", {}, revision + 5)),
    once: once.begin(`${key}/2`).result,
    title: issues.get(issue.id)?.title === issue.title,
    nowhere: issues.get("999") === undefined,
    latest: issues.latestEvent(issue.id, ["level"])?.level,
    then: issues.eventAt(issue.id, now(), ["level"])?.level,
    found: issues.search("is:unresolved", { limit: 10 }).issues.length,
    badSearch: failure(() => issues.search("is:what")),
    linked: issues.findByLink("probe", "1").length + issues.links(issue.id).length,
    counted: stats.count({ issue: issue.id }, hour).events,
    between: stats.countBetween({}, hour, now(), true).users,
    frequent: stats.frequent({}, hour, 1).length,
    fresh: stats.newValues({}, "environment", hour, now()).map(({ value, issue }) => [value, typeof issue.title]),
    targets: alerts.targets().map(({ plugin }) => plugin),
    mailed: failure(() => mail.send("ada@example.com", { subject: "a\nb", text: "x", key: call.idempotencyKey })),
    escaped: mail.escape("<b>'"),
    hourly: stats.hourly(issue.id, 2).reduce((sum, count) => sum + count, 0),
    nobody: people.find("nobody@example.com") === undefined,
  });
  const [target] = alerts.targets();
  if (target) alerts.raise(issue.id, { rule: "Probe", reason: "it is there", to: [target.name], extra: { n: 1 } });
}

export const onAction = (call, action) => ({
  message: `${action.by.name ? "somebody" : ""} asked ${action.input.queue ?? action.input.who}`,
});

export const onRequest = (call, request) => ({ status: 202, body: JSON.stringify({ route: request.route }) });

export const onSchedule = (call, job, due, settings) => {
  tell(settings, "job", { job, isNumber: typeof due === "number" });
};

// It asks the other side, which it may although nothing is to be changed.
export function lookUp(setting, query, page, settings) {
  http.post(settings.url).json({ what: "question" }).asking().send().ok();
  return { choices: [{ value: `${setting}-${query}`, label: "One" }, "two"], next: page ? undefined : "2" };
}

export const drawForm = (action) => ({
  fields: [{ key: "who", type: "text", label: "Who", required: true, lookup: true }],
  values: { who: action.input.who ?? action.by.name },
  note: action.issue.shortId,
});

export const findChoices = (action, field, query) => [`${action.id}-${field}-${query}`];

/** The room was called channel once. */
export function migrate(was, { channel, ...settings }) {
  return { ...settings, room: `${channel} of ${was}` };
}

// Half an hour at a time, however much is asked.
export function retrace(since, until, memory) {
  const reached = Math.min(until, since + 1_800_000);
  const { minutes } = stats.byMinutes({}, since, until, true);
  const deeds = minutes.slice(0, 1).map(({ issue }) => ({ at: reached, issue, change: "clock", did: ["look"], why: "it is time" }));
  return { deeds, reached, memory: { times: (memory.times ?? 0) + 1 } };
}

export function lookBack(events, memory) {
  const seen = (memory.seen ?? 0) + events.length;
  return { verdicts: events.map((event) => ({ did: [event.change], why: "always" })), memory: { seen } };
}

export const check = (settings) =>
  settings.room === "attic" ? [{ field: "room", message: "there is no such room" }] : [];
