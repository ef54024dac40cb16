import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { unpackAll } from "#lib/archive/archive-fixture.ts";
import { readDescription, requireSignedBy, signedDescription } from "#lib/backups/signed-description.ts";
import { readHeader } from "#lib/crypto/age.ts";
import { recipientOf } from "#lib/crypto/identity.ts";
import { openKeyFile, openWithPassphrase } from "#lib/crypto/passphrase.ts";
import { fileKeyFromHeader } from "#lib/crypto/recipients.ts";
import { signingPublicKeyOf, signMessage } from "#lib/crypto/signature.ts";
import { hashOf } from "#lib/db/audit.ts";

/* The test vectors of docs/backup-format.md that go beyond one file of code: what it promises other readers is what this one reads. */
const document = readFileSync("docs/backup-format.md", "utf8");

const archive = () => Buffer.from(block("archive"), "base64");
const identity = () => /`(AGE-SECRET-KEY-1\w+)`/.exec(document)?.[1] ?? "";

test("the whole archive opens with the identity, and is what its description says", async () => {
  const { description } = readDescription(block("description"));
  expect(description.archive).toMatchObject({ sizeBytes: archive().length, sha256: createHash("sha256").update(archive()).digest("hex") });
  const header = await readHeader(pieces(archive()));
  expect(header.toString()).toBe(block("header"));
  const { files, proof } = await unpackAll(archive(), { fileKey: fileKeyFromHeader(header, identity()) });
  expect([...files].map(([path, content]) => [path, content.toString()])).toEqual([["etc/app.conf", "port = 1\n"]]);
  expect(description).toMatchObject(proof.manifest);
});

test("the archive with mode off is one of the same system, and says that it has no key", async () => {
  const { files, proof } = await unpackAll(Buffer.from(block("archive-off"), "base64"));
  expect([...files].map(([path, content]) => [path, content.toString()])).toEqual([["etc/app.conf", "port = 1\n"]]);
  const { tenantId, system } = readDescription(block("description")).description;
  expect(proof.manifest).toMatchObject({ formatVersion: 1, tenantId, system, key: null });
});

test("the key file opens to the identity and to the signing key of the description", async () => {
  const file = Buffer.from(block("key-file"));
  const passphrase = /The passphrase is `([^`]+)`/.exec(document)?.[1] ?? "";
  const text = (await openWithPassphrase(file, passphrase)).toString();
  expect(text).toBe(block("identity-file"));
  expect(text.split("\n")[1]).toBe(`# public key: ${recipientOf(identity())}`);
  const opened = await openKeyFile(file, passphrase.normalize("NFD"));
  expect(opened.identity).toBe(identity());
  requireSignedBy(block("description"), opened.signingKey ?? "");
  await expect(openKeyFile(file, `${passphrase} `)).rejects.toMatchObject({ code: "wrong-passphrase" });
});

test("the description is signed as described, and every later version of this code has to read it so", () => {
  const seed = Buffer.from(/seed of the signing key is `([0-9a-f]{64})`/.exec(document)?.[1] ?? "", "hex");
  const publicKey = signingPublicKeyOf(seed);
  const text = block("description");
  requireSignedBy(text, publicKey);
  const { signature: _, ...signed } = JSON.parse(text) as Record<string, unknown>;
  expect(hashOf(signed)).toBe(/what is signed is the text `([0-9a-f]{64})`/.exec(document)?.[1]);
  expect(canonicalHash(signed)).toBe(hashOf(signed));
  const { description } = readDescription(text);
  const again = signedDescription(description, { publicKey, sign: (message) => signMessage(seed, message) });
  expect(JSON.parse(again)).toEqual(JSON.parse(text));
});

/** The rule of the document in its own words, written a second time: names of every object sorted, no white space, UTF-8. */
function canonicalHash(value: Record<string, unknown>): string {
  const sorted = (_name: string, inner: unknown): unknown =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.keys(inner)
            .toSorted()
            .map((name) => [name, (inner as Record<string, unknown>)[name]]),
        )
      : inner;
  return createHash("sha256").update(JSON.stringify(value, sorted)).digest("hex");
}

function block(name: string): string {
  return new RegExp(`\`\`\`text vector=${name}\\n([^\`]+)\`\`\``).exec(document)?.[1] ?? "";
}

async function* pieces(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
