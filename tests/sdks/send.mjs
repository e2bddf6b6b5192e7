// A small program that breaks, with the stock SDK: node send.mjs SDK_FOLDER DSN USER.
import { createRequire } from "node:module";

const [folder, dsn, user] = process.argv.slice(2);
const Sentry = createRequire(`${folder}/package.json`)("@sentry/node");

Sentry.init({ dsn, release: "basket@3.1.4", environment: "staging" });
Sentry.setUser({ id: user, email: `${user}@example.com` });

function addToBasket(basket, sku) {
  return basket.lines.push(sku);
}

try {
  addToBasket({}, "SKU-1");
} catch (error) {
  Sentry.captureException(error);
}
await Sentry.close(10_000);
