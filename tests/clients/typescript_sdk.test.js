// The official TypeScript client, unchanged, from token to cancel.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { Client } from "@vippsmobilepay/sdk";

import { calls, redirectTo } from "./redirect.js";

const environment = (name) => {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: use tests/clients/run`);
  return value;
};

const clientId = environment("CLIENT_ID");
const clientSecret = environment("CLIENT_SECRET");
const phoneNumber = environment("TEST_PHONE");
const nok = (value) => ({ currency: "NOK", value });

let client;
let token;

const data = (answer) => {
  assert.ok(answer.ok, JSON.stringify(answer.error) ?? String(answer.error));
  return answer.data;
};

const sums = ({ aggregate }) =>
  ["authorizedAmount", "capturedAmount", "cancelledAmount", "refundedAmount"].map((name) => aggregate[name].value);

async function create(value) {
  const body = {
    amount: nok(value),
    paymentMethod: { type: "WALLET" },
    customer: { phoneNumber },
    returnUrl: "https://shop.example/return",
    userFlow: "WEB_REDIRECT",
    paymentDescription: "One pair of socks",
  };
  const created = data(await client.payment.create(token, body));
  assert.match(created.redirectUrl, /^https:\/\//);
  assert.equal(created.reference, body.reference, "the library makes a reference and gets it back");
  return created.reference;
}

async function authorized(value) {
  const reference = await create(value);
  data(await client.payment.forceApprove(token, reference, { customer: { phoneNumber } }));
  return reference;
}

before(async () => {
  redirectTo(environment("BASE_URL"));
  client = Client({
    merchantSerialNumber: environment("MSN"),
    subscriptionKey: environment("SUBSCRIPTION_KEY"),
    useTestMode: true,
    retryRequests: false,
  });
  const answer = data(await client.auth.getToken(clientId, clientSecret));
  assert.equal(answer.token_type, "Bearer");
  token = answer.access_token;
});

after(() => {
  assert.ok(calls.length > 0, "the library was really called");
  assert.deepEqual(calls.filter((call) => call.status >= 500), []);
});

describe("@vippsmobilepay/sdk", () => {
  test("reads a created payment and its history", async () => {
    const reference = await create(49900);
    const payment = data(await client.payment.info(token, reference));
    assert.equal(payment.state, "CREATED");
    assert.deepEqual(payment.amount, nok(49900));
    const history = data(await client.payment.history(token, reference));
    assert.deepEqual(history.map((event) => event.name), ["CREATED"]);
    assert.equal(history[0].pspReference, payment.pspReference);
  });

  test("approves, captures in parts and refunds in part", async () => {
    const reference = await authorized(10000);
    assert.equal(data(await client.payment.info(token, reference)).state, "AUTHORIZED");

    const part = data(await client.payment.capture(token, reference, { modificationAmount: nok(4000) }));
    assert.deepEqual(sums(part), [10000, 4000, 0, 0]);
    const rest = data(await client.payment.capture(token, reference, { modificationAmount: nok(6000) }));
    assert.deepEqual(sums(rest), [10000, 10000, 0, 0]);
    const refund = data(await client.payment.refund(token, reference, { modificationAmount: nok(2500) }));
    assert.deepEqual(sums(refund), [10000, 10000, 0, 2500]);

    const history = data(await client.payment.history(token, reference));
    const names = history.map((event) => event.name);
    assert.deepEqual(names, ["CREATED", "AUTHORIZED", "CAPTURED", "CAPTURED", "REFUNDED"]);
    assert.ok(history.every((event) => event.success));
  });

  test("cancels before and after approval", async () => {
    const waiting = await create(10000);
    const terminated = data(await client.payment.cancel(token, waiting));
    assert.equal(terminated.state, "TERMINATED");
    assert.deepEqual(sums(terminated), [0, 0, 10000, 0]);

    const reserved = await authorized(10000);
    const released = data(await client.payment.cancel(token, reserved));
    assert.equal(released.state, "AUTHORIZED");
    assert.deepEqual(sums(released), [10000, 0, 10000, 0]);
  });

  test("understands a refusal", async () => {
    const reference = await create(10000);
    const answer = await client.payment.capture(token, reference, { modificationAmount: nok(100) });
    assert.equal(answer.ok, false);
    assert.equal(answer.error.status, 400);
    assert.deepEqual(answer.error.extraDetails, [{ name: "ErrorCode", reason: "6080" }]);
  });

  test("opens a checkout session and reads it", async () => {
    const body = {
      type: "PAYMENT",
      merchantInfo: {
        callbackUrl: "https://shop.example/callback",
        returnUrl: "https://shop.example/return",
        callbackAuthorizationToken: "a-token-of-the-shop",
      },
      transaction: { amount: nok(49900), paymentDescription: "One pair of socks" },
      configuration: { elements: "PaymentOnly" },
    };
    const opened = data(await client.checkout.create(clientId, clientSecret, body));
    assert.match(opened.checkoutFrontendUrl, /^https:\/\//);
    assert.ok(opened.token.length > 40 && opened.pollingUrl.endsWith(body.transaction.reference));

    const { reference } = body.transaction;
    const session = data(await client.checkout.info(clientId, clientSecret, reference));
    assert.equal(session.sessionState, "SessionCreated");
    assert.equal(session.reference, reference);

    const again = await client.checkout.create(clientId, clientSecret, body);
    assert.equal(again.ok, false);
    assert.deepEqual([again.error.status, again.error.errorCode], [409, "ReferenceExists"]);

    const unknown = await client.checkout.info(clientId, clientSecret, "nobody-knows-me");
    assert.equal(unknown.error.detail, "Session expired or not known.");
    const stranger = await client.checkout.info(clientId, "a-wrong-secret-of-some-length", reference);
    assert.deepEqual([stranger.error.status, stranger.error.errors], [401, {}]);
  });

  test("understands wrong credentials", async () => {
    const answer = await client.auth.getToken(clientId, "a-wrong-secret-of-some-length");
    assert.equal(answer.ok, false);
    assert.equal(typeof answer.error.error, "string");
  });
});
