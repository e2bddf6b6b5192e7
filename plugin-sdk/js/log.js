/** What the plugin says about its work; an admin reads it beside the attempt. `fields` is any object. */
import { emit, explain as because } from "errand:plugin/log@1.0.0";

const line = (severity) => (message, fields) =>
  emit(severity, String(message), fields === undefined ? "" : JSON.stringify(fields));

export const debug = line("debug");
export const info = line("info");
export const warn = line("warn");
export const error = line("error");

/** Why the plugin does what it does, or does nothing: shown to whoever asks. The last one counts. */
export const explain = (why) => because(String(why));
