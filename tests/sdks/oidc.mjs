// A real provider of OpenID Connect with one client: node oidc.mjs SDK_FOLDER REDIRECT_URI CLIENT_ID CLIENT_SECRET.
// Prints {"issuer"}. Whoever signs in there is who they say, by their address; those called unverified… have not
// confirmed theirs. It ends with its standard input.
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const [folder, redirectUri, clientId, clientSecret] = process.argv.slice(2);
const { Provider } = await import(pathToFileURL(`${folder}/node_modules/oidc-provider/lib/index.js`));

const server = createServer();
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
  claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
  cookies: { keys: ["of these tests"] },
  pkce: { required: () => true },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: id, email_verified: !id.startsWith("unverified"), name: id.split("@")[0] }),
  }),
});
server.on("request", provider.callback());
process.stdin.on("end", () => process.exit()).resume();
console.log(JSON.stringify({ issuer }));
