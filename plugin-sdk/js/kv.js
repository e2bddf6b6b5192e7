/** A small memory of the installation, of JSON values. The manifest's `imports` has to name `kv`. */
import * as store from "errand:plugin/kv@1.0.0";
import { Failure } from "./failure.js";

/** The value of a key, or undefined. */
export function get(key) {
  const entry = told(() => store.get(key));
  return entry && JSON.parse(new TextDecoder().decode(entry.value));
}

/** Writes a value. */
export function put(key, value) {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  told(() => store.put(key, bytes, undefined));
}

/** Deletes; no error if there was none. */
export function remove(key) {
  told(() => store.delete(key));
}

function told(ask) {
  try {
    return ask();
  } catch (error) {
    const { tag, val } = error?.payload ?? {};
    if (tag === undefined) throw error;
    if (tag === "unavailable") throw Failure.retry(val);
    throw Failure.permanent(tag === "conflict" ? "somebody was faster" : val);
  }
}
