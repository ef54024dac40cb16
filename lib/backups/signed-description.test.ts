import { expect, test } from "vitest";
import { MANIFEST } from "#lib/archive/archive-fixture.ts";
import { describeArchive } from "#lib/archive/manifest.ts";
import { MAX_DESCRIPTION_LEVELS, readDescription, requireSignedBy, signedDescription } from "#lib/backups/signed-description.ts";
import { generateSigningKey, signMessage } from "#lib/crypto/signature.ts";

const packed = { storedBytes: 10, tarBytes: 2048, sha256: "0".repeat(64), index: { totals: { entries: 1 } } };
const description = {
  ...describeArchive(MANIFEST, packed, { name: "bak_1.tar.zst.age", number: 7 }),
  madeBy: { policyId: null, trigger: "person" },
};

function newSigner() {
  const { seed, publicKey } = generateSigningKey();
  return { publicKey, sign: (message: Buffer) => signMessage(seed, message) };
}

test("a signed description says whose it is, whatever the order of its fields", () => {
  const signer = newSigner();
  const text = signedDescription(description, signer);
  expect(readDescription(text)).toEqual({ description, signer: signer.publicKey });
  const reordered = JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text) as object).reverse()));
  expect(requireSignedBy(reordered, signer.publicKey)).toEqual(description);
});

test.each([
  ["a changed hash", (text: string) => text.replace("0".repeat(64), `1${"0".repeat(63)}`)],
  ["a changed number", (text: string) => text.replace('"number": 7', '"number": 8')],
  ["a field more", (text: string) => text.replace('"number": 7', '"number": 7, "later": true')],
  ["another signer's key", (text: string) => text.replace(/"publicKey": "[^"]+"/, `"publicKey": "${newSigner().publicKey}"`)],
  ["no signature", (text: string) => text.replace('"signature"', '"sign"')],
])("%s is nobody's", (_what, change) => {
  const signer = newSigner();
  const changed = change(signedDescription(description, signer));
  expect(readDescription(changed).signer).toBeNull();
  expect(() => requireSignedBy(changed, signer.publicKey)).toThrow("its signature does not hold");
});

test.each([63, 64, 100_000])("a field of %i lists one inside another is read, or refused in words", (lists) => {
  const signer = newSigner();
  const nested = `{ "later": ${"[".repeat(lists)}${"]".repeat(lists)},`;
  const read = () => readDescription(signedDescription(description, signer).replace("{", nested)).signer;
  if (lists < MAX_DESCRIPTION_LEVELS) expect(read()).toBeNull();
  else expect(read).toThrow("the description is nested deeper than 64 levels");
});

test("somebody else's signature is not taken for ours", () => {
  const text = signedDescription(description, newSigner());
  expect(() => requireSignedBy(text, newSigner().publicKey)).toThrow("signed by somebody else");
});
