/** Asks the hub. What it answers with instead of an answer becomes a `Failure`, or what `instead` makes of it. */
import { Failure } from "./failure.js";

export function ask(question, instead = {}) {
  try {
    return question();
  } catch (error) {
    const { tag, val } = error?.payload ?? {};
    if (tag === undefined) throw error;
    if (instead[tag]) return instead[tag](val);
    throw tag === "unavailable" ? Failure.retry(val) : Failure.permanent(String(val ?? tag));
  }
}
