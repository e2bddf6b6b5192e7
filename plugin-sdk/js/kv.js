/** A small memory of the installation, of JSON values. The manifest's `imports` has to name `kv`. */
import * as store from "errand:plugin/kv@1.0.0";
import { ask } from "./ask.js";
import { Failure } from "./failure.js";
import { whole } from "./plain.js";

const conflict = {
  conflict: (revision) => {
    throw Failure.retry(`somebody was faster: the entry stands at revision ${revision}`);
  },
};

/** The value of a key, or undefined. */
export const get = (key) => entry(key)?.value;

/** The value of a key and its revision, or undefined. */
export function entry(key) {
  const found = ask(() => store.get(key));
  return found && { value: JSON.parse(new TextDecoder().decode(found.value)), revision: Number(found.revision) };
}

/**
 * Writes a value and gives the new revision. With `expect`, only if the entry stands at that revision (0: if there is
 * none); else it throws a `Failure` that has the call made again.
 */
export function put(key, value, expect) {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return Number(ask(() => store.put(key, bytes, whole(expect)), conflict));
}

/** Deletes; no error if there was none. */
export function remove(key) {
  ask(() => store.delete(key));
}

/** Keys that begin with `prefix`, in order, after `after`; at most `limit`, and never more than 1000. */
export const keys = (prefix, { after, limit = 1000 } = {}) => ask(() => store.keys(prefix, after, limit));
