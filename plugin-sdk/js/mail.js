/**
 * Mail in the hub's name: to people of the hub, and to addresses that stand in the settings. The manifest's `imports`
 * has to name `mail`.
 */
import * as hub from "errand:plugin/mail@1.0.0";
import { ask } from "./ask.js";
import { Failure } from "./failure.js";

const refusals = {
  unconfigured: () => {
    throw Failure.config(undefined, "the hub has no mail server: [mail] in its configuration names one");
  },
  denied: (why) => {
    throw Failure.config(undefined, why);
  },
};

/** Characters of a subject. */
const LONGEST = 180;

/** The people that `user:12` or `team:3` stands for, each as `user:12`. */
export const people = (of) => ask(() => hub.people(of), refusals);

/**
 * Sends a message to one of them, or to an address, and gives its id. `html` has to have texts of others escaped, see
 * `escape`; `images` are `{ id, contentType, body }`, which it shows as `cid:` and their id. `key` is to be the same in
 * every attempt: mostly `call.idempotencyKey`.
 */
export function send(to, { subject, text, html, images = [], thread, key }) {
  const line = [...subject.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ")];
  const cut = line.length > LONGEST ? `${line.slice(0, LONGEST).join("")}…` : line.join("");
  return ask(() => hub.send(to, { subject: cut, text, html, images, thread, key }), refusals);
}

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** A text as HTML shows it. */
export const escape = (text) =>
  String(text)
    .replace(/[&<>"']/g, (character) => ENTITIES[character])
    // Marks that reorder text would let a title hide what stands beside it.
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, "");
