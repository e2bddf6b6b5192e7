/**
 * Between the hub's interface and the functions of `plugin.js`. What is built begins here.
 *
 * | `plugin.js` exports                         | the hub calls it                             | manifest    |
 * | ------------------------------------------- | -------------------------------------------- | ----------- |
 * | `onEvent(call, event, settings)`            | for each change                              | `changes`   |
 * | `onDigest(call, group, events, settings)`   | for what came together in a window           | `digest`    |
 * | `onAction(call, action, settings)`          | when a button is pressed                     | `actions`   |
 * | `drawForm(action, settings)`                | when such a button's form is looked at       | `drawn`     |
 * | `findChoices(action, field, query, page, settings)` | when a field of that form is filled in | `drawn`   |
 * | `onRequest(call, request, settings)`        | when another system calls                    | `inbound`   |
 * | `onSchedule(call, job, due, settings)`      | when a job is due                            | `schedule`  |
 * | `lookUp(setting, query, page, settings)`    | when a setting is filled in                  | `lookup`    |
 * | `lookBack(events, memory, settings)`        | when settings are tried on history           |             |
 * | `migrate(was, settings)`                    | when it takes the settings of version `was` over |         |
 * | `retrace(since, until, memory, settings)`   | when the clock is tried on history           |             |
 * | `check(settings)`, if it likes              | before settings are saved                    |             |
 */
import { all } from "errand:plugin/settings@1.0.0";
import { emit } from "errand:plugin/log@1.0.0";
import * as plugin from "../plugin.js";
import { Failure } from "./failure.js";
import { plain, whole } from "./plain.js";

export const configuration = {
  validate(config) {
    return run(() => {
      const problems = plugin.check?.(JSON.parse(config)) ?? [];
      return { problems, summary: undefined };
    });
  },
};

export const events = plugin.onEvent && {
  onEvent: (call, event) => run(() => plugin.onEvent(plain(call), plain(event), settings()) ?? "done"),
};

export const digests = plugin.onDigest && {
  onDigest: (call, group, events) =>
    run(() => plugin.onDigest(plain(call), group, plain(events), settings()) ?? "done"),
};

/** A choice is `{ value, label }`, or a text that is both. */
export const choices = plugin.lookUp && {
  lookUp: (_, setting, query, page) => run(() => pageOf(plugin.lookUp(setting, query, page, settings()))),
};

/** A page is its choices, or `{ choices, next }`. */
function pageOf(found = []) {
  const { choices, next } = Array.isArray(found) ? { choices: found } : found;
  const choice = (one) => (typeof one === "string" ? { value: one, label: one } : one);
  return { choices: choices.map(choice), next };
}

/** A form is its fields, or `{ fields, values, note }`; a field is what it would be in a manifest. */
export const forms = plugin.drawForm && {
  draw: (action, issue, by, input) =>
    run(() => {
      const drawn = plugin.drawForm(pressed(action, issue, by, input), settings());
      const { fields, values = {}, note } = Array.isArray(drawn) ? { fields: drawn } : drawn;
      return { fields: JSON.stringify(fields), values: JSON.stringify(values), note };
    }),
  find: (action, issue, by, input, field, query, page) =>
    run(() => pageOf(plugin.findChoices?.(pressed(action, issue, by, input), field, query, page, settings()))),
};

const pressed = (id, issue, by, input) => ({ id, issue: plain(issue), by: plain(by), input: JSON.parse(input) });

/** A secret is `{ secret: name }`, and may move to another secret setting. */
export const migration = plugin.migrate && {
  migrate: (was, config) => run(() => JSON.stringify(plugin.migrate(was, JSON.parse(config)))),
};

/** A verdict is `{ did, why }`, one for each event. */
export const hindsight = plugin.lookBack && {
  lookBack: (events, memory) =>
    run(() => {
      const { verdicts, memory: kept = {} } = plugin.lookBack(plain(events), JSON.parse(memory), settings());
      const verdict = ({ did = [], why = "" }, at) => ({ event: events[at].id, did, why });
      return { verdicts: verdicts.map(verdict), memory: JSON.stringify(kept) };
    }),
};

/** What it answers is `{ deeds: [{ at, issue, change, did, why }], reached, isCapped, memory }`. */
export const retrace = plugin.retrace && {
  retrace: (since, until, memory) =>
    run(() => {
      const told = plugin.retrace(Number(since), Number(until), JSON.parse(memory), settings());
      const { deeds = [], reached = Number(until), isCapped = false, memory: kept = {} } = told;
      const deed = ({ at, issue, change = "", did = [], why = "" }) => ({ at: whole(at), issue, change, did, why });
      return { deeds: deeds.map(deed), reached: whole(reached), isCapped, memory: JSON.stringify(kept) };
    }),
};

export const actions = plugin.onAction && {
  onAction: (call, action, issue, by, input) =>
    run(() => plugin.onAction(plain(call), pressed(action, issue, by, input), settings()) ?? {}),
};

export const inbound = plugin.onRequest && {
  onRequest: (call, request) =>
    run(() => {
      const { status = 204, contentType = "application/json", body = "" } =
        plugin.onRequest(plain(call), request, settings()) ?? {};
      const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
      return { status, contentType, body: bytes };
    }),
};

export const schedule = plugin.onSchedule && {
  onSchedule: (call, job, due) =>
    run(() => plugin.onSchedule(plain(call), job, Number(due), settings()) ?? "done"),
};

const settings = () => JSON.parse(all());

/** A failure is told to the hub; anything else is a crash, of which the log shows where it came from. */
function run(work) {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Failure)) emit("error", `${error}\n${error?.stack ?? ""}`, "");
    throw error;
  }
}
