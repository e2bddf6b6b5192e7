/** How much happened in the installation's projects. The manifest's `imports` has to name `stats`. */
import * as hub from "errand:plugin/stats@1.0.0";
import { ask } from "./ask.js";
import { plain, whole } from "./plain.js";

/**
 * What happened since then: `{ events, users, since, isAtLeast }`. Of an `issue`, a `project`, with `tags`
 * (`{ environment: "production" }`), or of all.
 */
export const count = ({ issue, project, tags = {} }, since) =>
  plain(ask(() => hub.count({ issue, project, tags: Object.entries(tags) }, whole(since))));

/** Unresolved issues that happened at least so often since then, at most a day ago; of a `project`, or of all. */
export const frequent = ({ project } = {}, since, atLeast) =>
  plain(ask(() => hub.frequent(project, whole(since), whole(atLeast))));

/** What happened from `since` until `until`, with distinct users if asked for. */
export const countBetween = ({ issue, project, tags = {} }, since, until, withUsers = false) =>
  plain(
    ask(() => hub.countBetween({ issue, project, tags: Object.entries(tags) }, whole(since), whole(until), withUsers)),
  );

/** What happened from `since` until `until`, minute by minute: `{ minutes: [{ at, issue, events, users }], isAtLeast }`. */
export const byMinutes = ({ project, tags = {} } = {}, since, until, withUsers = false) =>
  plain(ask(() => hub.byMinutes({ project, tags: Object.entries(tags) }, whole(since), whole(until), withUsers)));

/** Values that a tag had in that time for the first time: `{ value, firstSeen, issue }` each. */
export const newValues = ({ project } = {}, tag, since, until) =>
  plain(ask(() => hub.newValues(project, tag, whole(since), whole(until))));

/** Events of an issue in each of the last `hours` hours (at most 336), the oldest first; the last holds the present. */
export const hourly = (issue, hours) => [...ask(() => hub.hourly(issue, hours))].map(Number);

/**
 * How the sessions went that began since then, at most 90 days ago: `{ sessions, errored, abnormal, crashed, users,
 * usersCrashed, since }`. Of a `project`, a `release`, an `environment`, or of all.
 */
export const sessions = ({ project, release, environment } = {}, since) =>
  plain(ask(() => hub.sessions({ project, release, environment }, whole(since))));

/** How the sessions went that began from `since` until `until`: by the minute within eight days, before that by hours. */
export const sessionsBetween = ({ project, release, environment } = {}, since, until) =>
  plain(ask(() => hub.sessionsBetween({ project, release, environment }, whole(since), whole(until))));

/**
 * How the sessions went that began from `since` until `until`, minute by minute: `{ since, minutes: [{ at, sessions, errored,
 * abnormal, crashed }] }`, where `since` says since when that is known.
 */
export const sessionsByMinutes = ({ project, release, environment } = {}, since, until) =>
  plain(ask(() => hub.sessionsByMinutes({ project, release, environment }, whole(since), whole(until))));
