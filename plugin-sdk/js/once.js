/**
 * Effects that must not happen twice, such as making a ticket. The manifest's `imports` has to name `once`.
 *
 *     const fate = once.begin(`ticket/${event.issue.id}`);
 *     if (fate.is === "done") return fate.result;          // an earlier call made it
 *     const found = fate.is === "unknown" ? search() : undefined;  // a call was cut while it was at it: ask
 *     return fate.finish(found ?? create());
 */
import * as journal from "errand:plugin/once@1.0.0";
import { ask } from "./ask.js";
import { Failure } from "./failure.js";

/** Takes the effect of a key, unless another call did. `is` is `fresh`, `done` (with `result`) or `unknown`. */
export function begin(key) {
  const state = ask(() => journal.begin(key));
  switch (state.tag) {
    case "busy":
      throw Failure.retry(`another call is at '${key}'`);
    case "done":
      return { is: "done", result: JSON.parse(new TextDecoder().decode(state.val)) };
    default:
      return new Mine(key, state.tag);
  }
}

/** An effect that this call is at. Left without a word, its fate is unknown to the next one. */
class Mine {
  #key;

  constructor(key, is) {
    this.#key = key;
    /** `fresh` or `unknown`. */
    this.is = is;
  }

  /** It happened; keeps what came of it (as JSON) and gives it back. */
  finish(result) {
    const bytes = new TextEncoder().encode(JSON.stringify(result ?? null));
    ask(() => journal.finish(this.#key, bytes));
    return result;
  }

  /** It certainly did not happen: the next call finds it fresh. */
  forget() {
    ask(() => journal.forget(this.#key));
  }
}
