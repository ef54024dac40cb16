import { identityToRecipient } from "age-encryption";
import { expect, test } from "vitest";
import { decodeBech32, encodeBech32 } from "#lib/crypto/bech32.ts";
import { generateIdentity, parseRecipient, recipientOf } from "#lib/crypto/identity.ts";
import { fingerprintOf, openGrant, sealGrant, shortFingerprint } from "#lib/crypto/keyring.ts";
import { createFileKey } from "#lib/crypto/recipients.ts";

test("bech32 takes the valid strings of BIP 173 and refuses the invalid ones", () => {
  const valid = [
    "A12UEL5L",
    "a12uel5l",
    "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs",
    "?1ezyfcl",
  ];
  for (const text of valid) expect(decodeBech32(text), text).not.toBeNull();
  const invalid = [
    "\x201nwldj5",
    "pzry9x0s0muk",
    "1pzry9x0s0muk",
    "x1b4n0q5v",
    "li1dgmt3",
    "A1G7SGD8",
    "10a06t8",
    "1qzzfhee",
    "A12uEL5L",
    "",
  ];
  for (const text of invalid) expect(decodeBech32(text), text).toBeNull();
  expect(encodeBech32("a", Buffer.alloc(0))).toBe("a12uel5l");
});

test("identities and recipients are those of age", async () => {
  for (let round = 0; round < 20; round += 1) {
    const { identity, recipient } = generateIdentity();
    expect(await identityToRecipient(identity)).toBe(recipient);
    expect(recipientOf(identity)).toBe(recipient);
    expect(parseRecipient(recipient)).toHaveLength(32);
  }
});

test("a recipient with a typing error, of another kind, or of low order is refused", () => {
  const { identity, recipient } = generateIdentity();
  const typo = recipient.slice(0, -1) + (recipient.endsWith("q") ? "p" : "q");
  for (const text of [
    typo,
    identity,
    recipient.toUpperCase(),
    ` ${recipient}`,
    "age1",
    "",
    `age1pq1${"q".repeat(60)}`,
    "ssh-ed25519 AAAA",
  ]) {
    expect(() => parseRecipient(text), text).toThrow(expect.objectContaining({ code: "invalid-recipient" }));
  }
  const ones = Buffer.alloc(32);
  ones[0] = 1;
  for (const point of [Buffer.alloc(32), ones]) {
    expect(() => parseRecipient(encodeBech32("age", point))).toThrow(expect.objectContaining({ code: "low-order-point" }));
  }
  for (const text of [recipient, identity.toLowerCase(), identity.slice(0, -1)]) {
    expect(() => recipientOf(text), text).toThrow(expect.objectContaining({ code: "invalid-identity" }));
  }
});

test("fingerprints are short, stable and upper case", () => {
  const fingerprint = fingerprintOf("age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p");
  expect(fingerprint).toMatch(/^[0-9A-F]{16}$/);
  expect(shortFingerprint("7F3A0000000000C2")).toBe("7F3A…C2");
});

test("a grant opens for the workers it was sealed to, and for its subject only", async () => {
  const workers = [generateIdentity(), generateIdentity()];
  const fileKey = createFileKey();
  const recipients = workers.map((worker) => worker.recipient);
  const grant = await sealGrant(fileKey, recipients, "rst_1");
  for (const worker of workers) expect((await openGrant(grant, worker.identity, "rst_1")).equals(fileKey)).toBe(true);
  await expect(openGrant(grant, generateIdentity().identity, "rst_1")).rejects.toMatchObject({ code: "no-match" });
  await expect(openGrant(grant, workers[0]?.identity ?? "", "rst_2")).rejects.toMatchObject({ code: "header-mismatch" });
});
