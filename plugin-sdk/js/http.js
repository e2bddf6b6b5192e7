/**
 * HTTP requests, and what their failures mean to the hub. The manifest's `imports` has to name `http`.
 *
 * | answer                                         | `ok()`                                  |
 * | ---------------------------------------------- | --------------------------------------- |
 * | 2xx                                            | gives the response                      |
 * | 408, 425, 5xx, timeouts, broken connections    | throws `Failure.retry`                  |
 * | 429, 503 with `Retry-After`                    | throws `Failure.rateLimited`            |
 * | 401, 403                                       | throws `Failure.auth`                   |
 * | 3xx (redirects are not followed), other 4xx    | throws `Failure.permanent`              |
 */
import { ask, send, sendTo } from "errand:plugin/http@1.0.0";
import { now } from "errand:plugin/clock@1.0.0";
import { Failure } from "./failure.js";

/** What a 429 without `Retry-After` asks for. */
const DEFAULT_PAUSE_MS = 60_000;
/** Characters of an answer that a failure's text quotes. */
const QUOTED = 200;

export const get = (url) => new Request("GET", url);
export const post = (url) => new Request("POST", url);
export const put = (url) => new Request("PUT", url);
export const request = (method, url) => new Request(method, url);

/**
 * A request to the URL that a secret setting of type `url` holds, such as the address of a webhook. `behind` is what stands
 * behind it, mostly nothing: `/messages/12?wait=true`.
 */
export const requestTo = (method, secret, behind = "") => new Request(method, behind, nameOf(secret));

/** A request in the making. A secret is what `settings` holds for it: a reference, which the hub puts in place. */
class Request {
  #request;
  #secret;
  #asks = false;

  constructor(method, url, secret) {
    this.#request = { method, url, headers: [], credentials: [] };
    this.#secret = secret;
  }

  header(name, value) {
    this.#request.headers.push({ name, value: String(value) });
    return this;
  }

  /** Sends bytes (`Uint8Array`) or text. */
  body(body) {
    this.#request.body = typeof body === "string" ? new TextEncoder().encode(wellFormed(body)) : body;
    return this;
  }

  /** Sends a value as JSON. */
  json(value) {
    return this.header("Content-Type", "application/json").body(JSON.stringify(value));
  }

  /** It is a question that changes nothing over there, although a POST: it is sent in dry runs and checks too. */
  asking() {
    this.#asks = true;
    return this;
  }

  /** Waits no longer than that for the answer. */
  timeoutMs(ms) {
    this.#request.timeoutMs = ms;
    return this;
  }

  /** `Authorization: Bearer` with a secret. */
  bearer(secret) {
    return this.#credential(secret, { tag: "bearer" });
  }

  /** `Authorization: Basic` with a user's name and a secret. */
  basic(user, secret) {
    return this.#credential(secret, { tag: "basic", val: user });
  }

  /** A header that is a secret. */
  secretHeader(name, secret) {
    return this.#credential(secret, { tag: "header", val: name });
  }

  /** A secret within a header, where `{secret}` stands: `Token token={secret}`. */
  secretInHeader(name, value, secret) {
    return this.#credential(secret, { tag: "template", val: { name, value } });
  }

  /** A query parameter that is a secret. */
  secretQuery(name, secret) {
    return this.#credential(secret, { tag: "query", val: name });
  }

  /** A secret in the path, in the place of this text. */
  secretPath(placeholder, secret) {
    return this.#credential(secret, { tag: "path", val: placeholder });
  }

  /** Signs the body: HMAC-SHA256 in hexadecimal, in a header, after `prefix` (`sha256=`). */
  sign(name, prefix, secret) {
    const signature = { name, prefix, preamble: "", encoding: "hex", isKeyBase64: false };
    return this.#credential(secret, { tag: "signature", val: signature });
  }

  /** Signs as standardwebhooks.com has it, with a secret of the form `whsec_…`. `id`: the same in every attempt. */
  signStandardWebhook(id, secret) {
    const at = now() / 1000n;
    const signature = {
      name: "webhook-signature",
      prefix: "v1,",
      preamble: `${id}.${at}.`,
      encoding: "base64",
      isKeyBase64: true,
    };
    this.header("webhook-id", id).header("webhook-timestamp", at);
    return this.#credential(secret, { tag: "signature", val: signature });
  }

  /** A JSON Web Token signed with a secret; `algorithm` is `hs256`, `rs256` or `es256`, `keyId` may be undefined. */
  bearerJwt(algorithm, keyId, claims, secret) {
    return this.#credential(secret, { tag: "jwt", val: { algorithm, keyId, claims: JSON.stringify(claims) } });
  }

  /** Sends it and gives whatever answer comes; throws a `Failure` if there is none. */
  send() {
    try {
      if (this.#secret !== undefined) return new Response(sendTo(this.#secret, this.#request));
      return new Response(this.#asks ? ask(this.#request) : send(this.#request));
    } catch (error) {
      throw error?.payload?.tag ? failure(error.payload) : error;
    }
  }

  #credential(secret, placement) {
    this.#request.credentials.push({ secret: nameOf(secret), placement });
    return this;
  }
}

/** An answer. */
class Response {
  #response;

  constructor(response) {
    this.#response = response;
  }

  get status() {
    return this.#response.status;
  }

  /** The body's bytes. */
  get body() {
    return this.#response.body;
  }

  /** The first header of this name, or undefined. */
  header(name) {
    const wanted = name.toLowerCase();
    return this.#response.headers.find((header) => header.name.toLowerCase() === wanted)?.value;
  }

  text() {
    return new TextDecoder().decode(this.#response.body);
  }

  /** The body as JSON; throws `Failure.permanent` if it is something else. */
  json() {
    try {
      return JSON.parse(this.text());
    } catch (error) {
      throw Failure.permanent(`the answer is not the expected JSON: ${error.message}`);
    }
  }

  /** Itself if it is a 2xx; else throws what the hub has to do next. */
  ok() {
    const { status } = this;
    if (status >= 200 && status < 300) return this;
    const pause = this.#retryAfterMs();
    if (status === 429 || (status === 503 && pause !== undefined)) {
      throw Failure.rateLimited(pause ?? DEFAULT_PAUSE_MS);
    }
    if (status === 408 || status === 425 || status >= 500) throw Failure.retry(this.#describe(), pause);
    if (status === 401 || status === 403) throw Failure.auth(this.#describe());
    throw Failure.permanent(this.#describe());
  }

  /** `Retry-After` in seconds. The other form, a date, is rare enough to be left to the default. */
  #retryAfterMs() {
    const seconds = this.header("retry-after")?.trim();
    return /^\d{1,9}$/.test(seconds ?? "") ? Number(seconds) * 1_000 : undefined;
  }

  #describe() {
    if (this.status >= 300 && this.status < 400) {
      const to = this.header("location") ?? "nowhere";
      return `answered ${this.status}, a redirect to ${to}, which is not followed: set the new address`;
    }
    const text = [...this.text().trim()].slice(0, QUOTED).join("");
    return text === "" ? `answered ${this.status}` : `answered ${this.status}: ${text}`;
  }
}

/** The name of a secret, by which the hub knows it. */
function nameOf(secret) {
  if (typeof secret?.secret === "string") return secret.secret;
  throw new TypeError("not a secret: pass what `settings` holds for a setting with \"secret\": true");
}

/** Text that is cut in the middle of a character is no Unicode, and would not be taken. */
const wellFormed = (text) => text.toWellFormed?.() ?? text;

function failure({ tag, val }) {
  switch (tag) {
    case "denied":
      return Failure.config(undefined, `the hub does not allow the request: ${val}`);
    case "invalid":
      return Failure.permanent(`invalid request: ${val}`);
    case "dns":
      return Failure.retry(`the host name leads nowhere: ${val}`);
    case "connect":
      return Failure.retry(`nobody answers: ${val}`);
    case "tls":
      return Failure.retry(`no secure connection: ${val}`);
    case "timeout":
      return Failure.retry("no answer in time");
    case "body-too-large":
      return Failure.permanent(`the answer is larger than ${val} bytes`);
    case "budget-exhausted":
      return Failure.permanent(val);
    case "interrupted":
      return Failure.retry(`the connection broke: ${val}`);
    default:
      return Failure.retry(String(val));
  }
}
