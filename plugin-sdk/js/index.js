/** What most plugins begin with. What the manifest's `imports` name has a module each beside this one. */
import * as clock from "errand:plugin/clock@1.0.0";

export { Failure } from "./failure.js";
export * as log from "./log.js";

/** How a call ended well; a function that returns nothing has done its work. */
export const DONE = "done";
/** There was nothing to do. */
export const IGNORED = "ignored";

/** The hub's time, in milliseconds since 1970. */
export const now = () => Number(clock.now());

/** Random bytes fit for keys, at most 4096. */
export const random = (length) => clock.random(length);
