/**
 * Between the hub's interface and the functions of `plugin.js`. What is built begins here.
 *
 * | `plugin.js` exports                         | the hub calls it                             | manifest    |
 * | ------------------------------------------- | -------------------------------------------- | ----------- |
 * | `onEvent(call, event, settings)`            | for each change                              | `changes`   |
 * | `onAction(call, action, settings)`          | when a button is pressed                     | `actions`   |
 * | `onRequest(call, request, settings)`        | when another system calls                    | `inbound`   |
 * | `onSchedule(call, job, due, settings)`      | when a job is due                            | `schedule`  |
 * | `check(settings)`, if it likes              | before settings are saved                    |             |
 */
import { all } from "errand:plugin/settings@1.0.0";
import { emit } from "errand:plugin/log@1.0.0";
import * as plugin from "../plugin.js";
import { Failure } from "./failure.js";

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

export const actions = plugin.onAction && {
  onAction: (call, action, issue, by, input) =>
    run(() => {
      const pressed = { id: action, issue: plain(issue), by: plain(by), input: JSON.parse(input) };
      return plugin.onAction(plain(call), pressed, settings()) ?? {};
    }),
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

/** Fields whose text is JSON. */
const JSON_FIELDS = new Set(["details", "extra"]);

/** A record of the interface as JavaScript likes it: times and counts as numbers, JSON read. */
function plain(value, key) {
  if (typeof value === "bigint") return Number(value);
  if (JSON_FIELDS.has(key)) return value === "" ? {} : JSON.parse(value);
  if (Array.isArray(value)) return value.map((item) => plain(item));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field, name)]));
}
