import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MAX_ENTRIES, MAX_INDEX_BYTES, MAX_MANIFEST_BYTES } from "#lib/archive/limits.ts";
import { decodeBech32 } from "#lib/crypto/bech32.ts";
import { MAX_HEADER_BYTES } from "#lib/crypto/header.ts";
import { recipientOf } from "#lib/crypto/identity.ts";
import { DEFAULT_WORK_FACTOR, MAX_WORK_FACTOR } from "#lib/crypto/passphrase.ts";
import { encryptHeader, fileKeyFromHeader } from "#lib/crypto/recipients.ts";
import { payloadEncrypter, payloadKey } from "#lib/crypto/stream.ts";

/* docs/backup-format.md is checked against the code, so that it cannot drift. */
const document = readFileSync("docs/backup-format.md", "utf8").replace(/ {2,}/g, " ");

test("the test vectors are what the code computes", () => {
  const [identity, recipient] = [vector("identity"), vector("recipient")];
  const fileKey = hex("file key, hex");
  expect(decodeBech32(identity)?.bytes.equals(hex("identity secret, hex"))).toBe(true);
  expect(recipientOf(identity)).toBe(recipient);
  const { header } = encryptHeader({ fileKey, recipients: [recipient], ephemerals: [hex("ephemeral secret, hex")] });
  expect(header.toString()).toBe(/```text vector=header\n([^`]+)```/.exec(document)?.[1]);
  expect(fileKeyFromHeader(header, identity).equals(fileKey)).toBe(true);
  const key = payloadKey(fileKey, hex("payload nonce, hex"));
  expect(key.toString("hex")).toBe(vector("payload key, hex"));
  const chunks: Buffer[] = [];
  const coder = payloadEncrypter(key);
  coder.update(Buffer.from(vector("plaintext")), (chunk) => chunks.push(chunk));
  coder.final((chunk) => chunks.push(chunk));
  expect(Buffer.concat(chunks).toString("hex")).toBe(vector("the only chunk, hex"));
});

test("the limits are those of the code", () => {
  expect(document).toContain(`| entries of an archive | ${MAX_ENTRIES.toLocaleString("en")} |`);
  expect(document).toContain(`| ${MAX_MANIFEST_BYTES / 2 ** 20} MiB, ${MAX_INDEX_BYTES / 2 ** 20} MiB |`);
  expect(document).toContain(`| age header that is read | ${MAX_HEADER_BYTES / 1024} KiB, 100 recipients |`);
  expect(document).toContain(`| scrypt work factor that is opened | ${MAX_WORK_FACTOR} |`);
  expect(document).toContain(`(work factor ${DEFAULT_WORK_FACTOR}:`);
});

function vector(name: string): string {
  return new RegExp(`^\\| ${name} +\\| \`([^\`]+)\``, "m").exec(document)?.[1] ?? "";
}

function hex(name: string): Buffer {
  return Buffer.from(vector(name), "hex");
}
