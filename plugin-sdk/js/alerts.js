/** Making other plugins act: they hear `alert.raised`. The manifest's `imports` has to name `alerts`. */
import * as hub from "errand:plugin/alerts@1.0.0";
import { ask } from "./ask.js";
import { Failure } from "./failure.js";

const refusals = {
  "not-found": () => {
    throw Failure.permanent("there is no such issue here");
  },
  invalid: (why) => {
    throw Failure.config(undefined, why);
  },
};

/**
 * Raises an alert about an issue, once the call has ended well. `to` names the installations that are to act, by id or
 * name; `people` whom they are to tell: `user:12`, `team:backend`, an e-mail address.
 */
export function raise(issue, { rule, reason, action = "notify", to = [], people = [], extra = {} }) {
  const alert = { rule, reason, action, to, people, extra: JSON.stringify(extra) };
  ask(() => hub.raise(issue, alert), refusals);
}

/** Whom an alert can name: `{ id, name, plugin }` each. */
export const targets = () => ask(hub.targets);
