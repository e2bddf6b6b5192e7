/** Issues as they stand now, of the installation's projects. The manifest's `imports` has to name `issues`. */
import * as hub from "errand:plugin/issues@1.0.0";
import { ask } from "./ask.js";
import { plain, whole } from "./plain.js";

const orNothing = { "not-found": () => undefined };

/** An issue by its id, or undefined. */
export const get = (id) => plain(ask(() => hub.get(id), orNothing));

/** Its latest event, with these of its fields, or all; undefined if none is kept. */
export const latestEvent = (id, fields = []) => read(ask(() => hub.latestEvent(id, fields), orNothing));

/** The same of its latest event that had come in by then: what a change at that time was about. */
export const eventAt = (id, at, fields = []) => read(ask(() => hub.eventAt(id, whole(at), fields), orNothing));

/** The tickets that it is linked with, the oldest link first. */
export const links = (id) => plain(ask(() => hub.links(id), orNothing)) ?? [];

/** The issues that are linked with a ticket, the newest first. */
export const findByLink = (system, id) => plain(ask(() => hub.findByLink(system, id), orNothing)) ?? [];

/** A page of the issues that a search finds, the latest seen first: `{ issues, next }`. */
export const search = (query, { after, limit = 25 } = {}) => plain(ask(() => hub.search(query, after, limit)));

const read = (json) => (json === undefined ? undefined : JSON.parse(json));
