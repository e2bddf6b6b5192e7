/** Records of the interface as JavaScript likes them. */

/** Fields whose text is JSON. */
const JSON_FIELDS = new Set(["details", "extra"]);

/** Times and counts as numbers, JSON read. */
export function plain(value, key) {
  if (typeof value === "bigint") return Number(value);
  if (JSON_FIELDS.has(key)) return value === "" ? {} : JSON.parse(value);
  if (Array.isArray(value)) return value.map((item) => plain(item));
  if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field, name)]));
}

/** A whole number as the interface takes it; undefined stays. */
export const whole = (number) => (number === undefined ? undefined : BigInt(Math.trunc(number)));
