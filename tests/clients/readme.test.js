// What README tells a newcomer to type must work as printed.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import assert from "node:assert/strict";

const readme = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8");
const section = readme.split("## Make a payment")[1].split("\n## ")[0];
const [rest, grpc] = [...section.matchAll(/```sh\n(.*?)```/gs)].map((match) => match[1]);

let folder;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "kvitt-readme-"));
  symlinkSync(process.env.KVITT_DATA, join(folder, ".kvitt"));
});

after(() => rmSync(folder, { recursive: true }));

function run(script) {
  return execFileSync("bash", ["-euc", script], { cwd: folder, encoding: "utf8" });
}

/** One JSON value after the other. */
function values(output) {
  return output.trim().split(/\n(?=\{)/).map((text) => JSON.parse(text));
}

test("the five lines of curl make a payment", () => {
  const [created, approved, captured] = values(run(rest));
  assert.match(created.redirectUrl, /^https:/);
  assert.deepEqual(approved, {});
  assert.equal(captured.aggregate.capturedAmount.value, 49900);
});

const hasBuf = spawnSync("buf", ["--version"]).status === 0;

test("the same payment goes by gRPC", { skip: !hasBuf && !process.env.CI && "buf is not installed" }, () => {
  const [, , , created, , captured, read] = values(run(`${rest}\n${grpc}`));
  assert.match(created.redirectUrl, /^https:/);
  assert.equal(captured.modification.aggregate.captured.amountMinor, "49900");
  assert.equal(read.payment.state, "PAYMENT_STATE_AUTHORIZED");
});

const payer = readme.split("## Play the payer")[1].split("\n## ")[0].match(/```sh\n(.*?)```/s)[1];

test("an Express payment is approved by its payer", () => {
  const [, , , created, options, approved, payment] = values(run(`${rest}\n${payer}`));
  assert.match(created.redirectUrl, /^https:/);
  assert.equal(options.groups[0].options[0].id, "mailbox");
  assert.deepEqual(approved, {});
  assert.equal(payment.aggregate.authorizedAmount.value, 53800);
  assert.equal(payment.shippingDetails.shippingOptionId, "mailbox");
  assert.ok(payment.profile.sub);
});

const why = readme.split("## Why did my callback not come?")[1].split("\n## ")[0];
const [unheard, ping, resend] = [...why.matchAll(/```sh\n(.*?)```/gs)].map((match) => match[1]);

test("the log of deliveries says why a callback did not come", () => {
  const [, , , created, listed, pinged, again, resent, dashboard] = values(run(`${rest}\n${unheard}\n${ping}\n${resend}`));
  assert.match(created.redirectUrl, /^https:/);
  const [delivery] = listed.deliveries;
  assert.equal(delivery.state, "PENDING");
  assert.equal(delivery.attempts[0].outcome, "NOT_CONNECTED");
  assert.equal(delivery.attempts[0].address, "127.0.0.1:9099");
  assert.deepEqual([pinged.kind, pinged.attempts[0].outcome, pinged.attempts[0].status], ["PING", "STATUS", 501]);
  assert.equal(again.deliveryId, delivery.deliveryId);
  assert.equal(resent.resent, 1);
  assert.ok(dashboard.days.length > 0);
});

const codes = readme.split("## Print a code, share a link")[1].split("\n## ")[0];
const [printed, link] = [...codes.matchAll(/```sh\n(.*?)```/gs)].map((match) => match[1]);

test("a printed code leads on, and a shared link is paid", () => {
  const [, , , moved, scanned, approved, paid] = values(run(`${rest}\n${printed}\n${link}`));
  assert.equal(moved.redirectUrl, "https://example.com/summer-menu");
  assert.deepEqual([scanned.kind, scanned.redirectUrl], ["REDIRECT", "https://example.com/summer-menu"]);
  assert.deepEqual(approved, {});
  assert.equal(paid.statistics.successful, 1);
  assert.equal(paid.statistics.captured.value, 10000);
});

const people = readme.split("## Who may do what")[1].split("\n## ")[0].match(/```sh\n(.*?)```/s)[1];

test("a merchant, a unit, its keys and its first user by gRPC", { skip: !hasBuf && !process.env.CI && "buf is not installed" }, () => {
  const rpc = grpc.split("\n").find((line) => line.startsWith("rpc()"));
  const lines = people.trim().split("\n");
  const foreign = lines.pop();
  const start = `. .kvitt/env; PATH="${dirname(process.env.KVITT_BIN)}:$PATH"\n${rpc}\n`;
  const [merchant, unit, keys, , user, shown, testUnit] = values(run(start + lines.join("\n")));
  assert.equal(merchant.merchant.organizationNumber, "910000004");
  assert.equal(unit.salesUnit.msn, "310000");
  assert.equal(user.user.membership.role, "ROLE_ADMINISTRATOR");
  assert.deepEqual(shown.secrets, keys.secrets);
  assert.match(testUnit.msn, /^9\d+$/);
  const refused = spawnSync("bash", ["-uc", `${start}${lines.join("\n")}\n${foreign}`], { cwd: folder, encoding: "utf8" });
  assert.notEqual(refused.status, 0);
  assert.match(refused.stderr, /not_found/);
});

const paid = readme.split("## Get paid")[1].split("\n## ")[0];
const [close, files] = [...paid.matchAll(/```sh\n(.*?)```/gs)].map((match) => match[1]);

test("what is captured is paid out, and told in files", () => {
  const output = run(`${rest}\n${close}\n${files}`);
  const [, , , clock, payouts, feed] = values(output.split("\ufeff")[0]);
  assert.ok(clock.now);
  assert.equal(payouts.payouts.at(-1).payoutNumber, 2000001);
  assert.equal(payouts.payouts[0].state, "EXECUTED");
  const types = new Set(feed.items.map((item) => item.entryType));
  for (const type of ["capture", "fees-retained", "payout-scheduled"]) assert.ok(types.has(type), type);
  const [head, ...rows] = output.split("\ufeff")[1].trim().split("\r\n");
  assert.match(head, /^Sales unit,MSN/);
  assert.ok(rows.some((row) => row.includes("Payout scheduled")));
  assert.equal(readFileSync(join(folder, "period.pdf")).subarray(0, 5).toString(), "%PDF-");
});
