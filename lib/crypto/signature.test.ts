import { expect, test } from "vitest";
import { generateSigningKey, signingPublicKeyOf, signMessage, verifyMessage } from "#lib/crypto/signature.ts";

test("signs as RFC 8032 says (its first test vector)", () => {
  const seed = Buffer.from("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "hex");
  const publicKey = Buffer.from("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "hex").toString("base64");
  const signature =
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";
  expect(signingPublicKeyOf(seed)).toBe(publicKey);
  expect(signMessage(seed, Buffer.alloc(0))).toBe(Buffer.from(signature, "hex").toString("base64"));
  expect(verifyMessage(publicKey, Buffer.alloc(0), Buffer.from(signature, "hex").toString("base64"))).toBe(true);
});

test("another message, signature or key does not verify", () => {
  const { seed, publicKey } = generateSigningKey();
  const message = Buffer.from("who writes what");
  const signature = signMessage(seed, message);
  expect(verifyMessage(publicKey, message, signature)).toBe(true);
  expect(verifyMessage(publicKey, Buffer.from("who writes That"), signature)).toBe(false);
  expect(verifyMessage(generateSigningKey().publicKey, message, signature)).toBe(false);
  expect(verifyMessage(publicKey, message, `A${signature.slice(1)}`)).toBe(signature.startsWith("A"));
  expect(verifyMessage("", message, signature)).toBe(false);
  expect(verifyMessage(publicKey, message, "")).toBe(false);
});
