/** Who people and teams of the hub are. The manifest's `imports` has to name `people`. */
import * as hub from "errand:plugin/people@1.0.0";
import { ask } from "./ask.js";

/** Who `user:12`, `team:3`, `team:backend` or an e-mail address is: `{ id, name, emails }`, or undefined. */
export const find = (who) => ask(() => hub.find(who));

/**
 * From here on, what this call changes of issues is this person's doing (`user:12`, or an address). Only for whom another
 * system has proved who they are.
 */
export const actAs = (who) => ask(() => hub.actAs(who));
