import { randomBytes } from "node:crypto";
import { format, inspect } from "node:util";
import { expect, test } from "vitest";
import { deriveSecret, generateDataKey, unwrapDataKey, wrapDataKey } from "#lib/crypto/data-key.ts";
import { open, seal } from "#lib/crypto/sealed.ts";
import { Secret } from "#lib/crypto/secret.ts";

const SEALED = expect.objectContaining({ code: "sealed" }) as unknown as Error;

test("a sealed value opens under the same key and name, and under no other", () => {
  const key = generateDataKey();
  const sealed = seal(key, "pässword", "destination:1");
  expect(open(key, sealed, "destination:1").toString()).toBe("pässword");
  expect(seal(key, "pässword", "destination:1")).not.toBe(sealed);
  expect(() => open(key, sealed, "destination:2")).toThrow(SEALED);
  expect(() => open(generateDataKey(), sealed, "destination:1")).toThrow(SEALED);
  expect(open(key, seal(key, "", "empty"), "empty")).toHaveLength(0);
});

test("every change of the text is noticed", () => {
  const key = generateDataKey();
  const sealed = seal(key, "value", "name");
  for (let at = 0; at < sealed.length; at += 1) {
    const other = sealed[at] === "A" ? "B" : "A";
    expect(() => open(key, sealed.slice(0, at) + other + sealed.slice(at + 1), "name"), `letter ${at}`).toThrow(SEALED);
    expect(() => open(key, sealed.slice(0, at), "name"), `cut at ${at}`).toThrow(SEALED);
  }
  expect(() => open(key, `${sealed}.x`, "name")).toThrow(SEALED);
  expect(() => open(key, `${sealed}==`, "name")).toThrow(SEALED);
});

test("a data key is bound to the master key and to the tenant", () => {
  const master = randomBytes(32);
  const dataKey = generateDataKey();
  const wrapped = wrapDataKey(master, dataKey, "ten_1");
  expect(unwrapDataKey(master, wrapped, "ten_1").equals(dataKey)).toBe(true);
  expect(() => unwrapDataKey(master, wrapped, "ten_2")).toThrow(SEALED);
  expect(() => unwrapDataKey(randomBytes(32), wrapped, "ten_1")).toThrow(SEALED);
});

test("derived secrets are stable for a purpose and differ between purposes", () => {
  const master = Buffer.alloc(32, 7);
  expect(deriveSecret(master, "cookie").equals(deriveSecret(master, "cookie"))).toBe(true);
  expect(deriveSecret(master, "cookie").equals(deriveSecret(master, "role app"))).toBe(false);
  expect(() => deriveSecret(Buffer.alloc(16), "cookie")).toThrow("32 bytes");
});

test("a secret does not show itself", () => {
  const secret = new Secret("hunter2");
  const shown = [
    String(secret),
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ deep: [secret] }),
    format("%o %s %j", secret, secret, secret),
  ];
  for (const text of shown) expect(text).toContain("[secret]");
  expect(shown.join()).not.toContain("hunter2");
  expect(secret.reveal()).toBe("hunter2");
});
