/**
 * Changes of issues. They take place when the call ends well, with its acknowledgement, or not at all. The manifest's
 * `imports` has to name `issue-changes`.
 *
 *     changes.of(event.issue.id).assign("team:checkout");
 *     changes.of(issue.id).expecting(issue.revision).onBehalfOf("Mia", "5b10").resolve({ inNextRelease: true });
 */
import * as hub from "errand:plugin/issue-changes@1.0.0";
import { ask } from "./ask.js";
import { Failure } from "./failure.js";
import { whole } from "./plain.js";

/** Changes of the issue with this id. */
export const of = (issue) => new Changes(issue, {});

const refusals = {
  "not-found": () => {
    throw Failure.permanent("there is no such issue here");
  },
  conflict: () => {
    throw Failure.retry("somebody changed the issue meanwhile");
  },
};

class Changes {
  #issue;
  #terms;

  constructor(issue, terms) {
    this.#issue = issue;
    this.#terms = terms;
  }

  /** Only while the issue stands at this revision: a person may have been faster. */
  expecting(revision) {
    return new Changes(this.#issue, { ...this.#terms, expect: whole(revision) });
  }

  /** For somebody in another system. */
  onBehalfOf(name, id) {
    return new Changes(this.#issue, { ...this.#terms, onBehalfOf: { name, id } });
  }

  /** Resolves it: at once, or `{ inRelease }`, `{ inNextRelease: true }`, `{ inCommit }`. */
  resolve({ inRelease, inNextRelease, inCommit } = {}) {
    let how = { tag: "at-once" };
    if (inRelease) how = { tag: "in-release", val: inRelease };
    if (inNextRelease) how = { tag: "in-next-release" };
    if (inCommit) how = { tag: "in-commit", val: inCommit };
    this.#stage(hub.resolve, how);
  }

  /** Takes it up again. */
  unresolve() {
    this.#stage(hub.unresolve);
  }

  /**
   * Leaves it alone for good, or until any of it comes true: `{ isEscalating: true }`, `{ date }` (milliseconds),
   * `{ events: { count, windowMinutes } }`, `{ users: { count, windowMinutes } }`.
   */
  archive({ isEscalating = false, date, events, users } = {}) {
    const growth = (limit) => limit && { count: whole(limit.count), windowMinutes: limit.windowMinutes };
    this.#stage(hub.archive, { isEscalating, date: whole(date), events: growth(events), users: growth(users) });
  }

  /** Gives it to `user:12`, `team:3`, `team:backend` or an e-mail address; to nobody without. */
  assign(to) {
    this.#stage(hub.assign, to);
  }

  /** `low`, `medium` or `high`. */
  prioritize(priority) {
    this.#stage(hub.setPriority, priority);
  }

  /** Says something, in Markdown; said again under the same key, it replaces what was said. */
  comment(key, text) {
    this.#stage(hub.comment, key, text);
  }

  /** Links it with a ticket, or says how a linked ticket stands now. */
  link({ system, id, name, url = "", title = "", state = "", isOpen = true, extra = {} }) {
    this.#stage(hub.link, { system, id, name, url, title, state, isOpen, extra: JSON.stringify(extra) });
  }

  /** Takes the link with a ticket away. */
  unlink(system, id) {
    this.#stage(hub.unlink, system, id);
  }

  #stage(change, ...what) {
    ask(() => change(this.#issue, ...what, this.#terms), refusals);
  }
}
