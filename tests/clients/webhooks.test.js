// The official TypeScript client registers, lists and deletes webhooks; what comes is verified as its documentation says.

import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { Client } from "@vippsmobilepay/sdk";

import { redirectTo } from "./redirect.js";

const environment = (name) => {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: use tests/clients/run`);
  return value;
};

const event = "epayments.payment.created.v1";
const told = [];
let client;
let token;
let server;

const data = (answer) => {
  assert.ok(answer.ok, JSON.stringify(answer.error) ?? String(answer.error));
  return answer.data;
};

before(async () => {
  server = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      told.push({ url: request.url, headers: request.headers, body: Buffer.concat(chunks) });
      server.emit("told");
      response.writeHead(202).end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  redirectTo(environment("BASE_URL"));
  client = Client({
    merchantSerialNumber: environment("MSN"),
    subscriptionKey: environment("SUBSCRIPTION_KEY"),
    useTestMode: true,
    retryRequests: false,
  });
  token = data(await client.auth.getToken(environment("CLIENT_ID"), environment("CLIENT_SECRET"))).access_token;
});

after(() => server.close());

async function about(reference) {
  for (;;) {
    const found = told.find(({ body }) => JSON.parse(body).reference === reference);
    if (found) return found;
    await once(server, "told");
  }
}

test("a webhook is registered, listed, told and deleted", { timeout: 30_000 }, async () => {
  const url = `http://127.0.0.1:${server.address().port}/hooks?shop=1`;
  const { id, secret } = data(await client.webhook.register(token, { url, events: [event] }));
  const listed = data(await client.webhook.list(token)).webhooks.find((one) => one.id === id);
  assert.deepEqual(listed, { id, url, events: [event] });

  const created = data(
    await client.payment.create(token, {
      amount: { currency: "NOK", value: 1000 },
      paymentMethod: { type: "WALLET" },
      customer: { phoneNumber: environment("TEST_PHONE") },
      returnUrl: "https://shop.example/return",
      userFlow: "WEB_REDIRECT",
      paymentDescription: "One pair of socks",
    }),
  );
  const { url: path, headers, body } = await about(created.reference);
  const hash = createHash("sha256").update(body).digest("base64");
  assert.equal(headers["x-ms-content-sha256"], hash);
  const signed = `POST\n${path}\n${headers["x-ms-date"]};${headers.host};${hash}`;
  const signature = createHmac("sha256", secret).update(signed).digest("base64");
  const expected = `HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=${signature}`;
  assert.equal(headers.authorization, expected);

  data(await client.webhook.delete(token, id));
  const left = data(await client.webhook.list(token)).webhooks;
  assert.ok(!left.some((one) => one.id === id));
});
