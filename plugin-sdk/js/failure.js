/** How a call fails, which decides what the hub does next. Throw one; anything else that is thrown is a crash. */
export class Failure extends Error {
  /** What the hub is told: `{ tag, val }` of the interface. */
  payload;

  constructor(message, payload) {
    super(message);
    this.name = "Failure";
    this.payload = payload;
  }

  /** It may work later: the hub tries again with growing pauses, not before `afterMs`. */
  static retry(message, afterMs) {
    const hint = { message, afterMs: afterMs === undefined ? undefined : BigInt(Math.ceil(afterMs)) };
    return new Failure(message, { tag: "retry", val: hint });
  }

  /** The other side wants to be left alone for that many milliseconds. */
  static rateLimited(afterMs) {
    return new Failure(`to be left alone for ${afterMs} ms`, {
      tag: "rate-limited",
      val: BigInt(Math.ceil(afterMs)),
    });
  }

  /** A setting is wrong: the installation pauses until an admin mends it. `field` may be undefined. */
  static config(field, message) {
    return new Failure(message, { tag: "config", val: { field, message } });
  }

  /** The credentials are refused: pauses likewise. */
  static auth(message) {
    return new Failure(message, { tag: "auth", val: message });
  }

  /** This delivery will never work. */
  static permanent(message) {
    return new Failure(message, { tag: "permanent", val: message });
  }
}
