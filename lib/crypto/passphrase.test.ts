import { randomBytes } from "node:crypto";
import type { Worker } from "node:worker_threads";
import { armor, Encrypter } from "age-encryption";
import { expect, test } from "vitest";
import { ageEncrypt } from "#lib/crypto/age.ts";
import { generateIdentity } from "#lib/crypto/identity.ts";
import { protectIdentity, unprotectIdentity } from "#lib/crypto/passphrase.ts";
import { createSlots } from "#lib/crypto/slots.ts";

const FAST = { workFactor: 10 };
const key = generateIdentity();

test("the passphrase opens what it protects; another does not", async () => {
  const file = await protectIdentity(key.identity, key.recipient, "correct horse", FAST);
  expect(file.toString()).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n/);
  expect(await unprotectIdentity(file, "correct horse")).toBe(key.identity);
  expect(await unprotectIdentity(Buffer.from(armor.decode(file.toString())), "correct horse")).toBe(key.identity);
  for (const wrong of ["correct horse ", "Correct horse", "x"]) {
    await expect(unprotectIdentity(file, wrong)).rejects.toMatchObject({ code: "wrong-passphrase", name: "WrongPassphraseError" });
  }
});

test("composed and decomposed letters are the same passphrase", async () => {
  const file = await protectIdentity(key.identity, key.recipient, "caf\u00e9 \u{1f511}", FAST);
  expect(await unprotectIdentity(file, "cafe\u0301 \u{1f511}")).toBe(key.identity);
});

test("a damaged file is not called a wrong passphrase where the difference can be told", async () => {
  const file = Buffer.from(armor.decode((await protectIdentity(key.identity, key.recipient, "right", FAST)).toString()));
  const cutOrChanged = [
    file.subarray(0, file.length - 1),
    Buffer.concat([file.subarray(0, file.length - 1), Buffer.from([(file.at(-1) ?? 0) ^ 1])]),
    Buffer.concat([file, Buffer.from("more")]),
    file.subarray(0, 40),
    Buffer.alloc(0),
    randomBytes(500),
    Buffer.alloc(100_000),
    Buffer.from("-----BEGIN AGE ENCRYPTED FILE-----\nnot base64\n"),
    await ageEncrypt(Buffer.from(key.identity), [key.recipient]),
  ];
  for (const bytes of cutOrChanged) await expect(unprotectIdentity(bytes, "right")).rejects.toMatchObject({ code: "damaged-key-file" });
});

test("a file that holds no identity, or half of one, is refused", async () => {
  for (const text of ["hello", "AGE-SECRET-KEY-1HALF"]) {
    const encrypter = new Encrypter();
    encrypter.setPassphrase("right");
    encrypter.setScryptWorkFactor(10);
    const file = Buffer.from(await encrypter.encrypt(text));
    await expect(unprotectIdentity(file, "right")).rejects.toThrow(/damaged|not an age identity/);
  }
});

test("a work factor above 20 is refused before any work", async () => {
  const file = Buffer.from(`age-encryption.org/v1\n-> scrypt ${"A".repeat(22)} 30\n${"A".repeat(43)}\n--- ${"A".repeat(43)}\n`);
  await expect(unprotectIdentity(file, "right")).rejects.toMatchObject({ code: "work-factor" });
});

test("a passphrase that cannot be typed at a prompt is refused", async () => {
  for (const passphrase of ["", "two\nlines", "tab\t", "\u0000", "\ud800"]) {
    await expect(protectIdentity(key.identity, key.recipient, passphrase, FAST)).rejects.toMatchObject({ code: "invalid-passphrase" });
  }
});

test("of many at once, two are worked on at a time, and all finish", async () => {
  const file = await protectIdentity(key.identity, key.recipient, "right", FAST);
  let [running, most] = [0, 0];
  const count = (thread: Worker) => {
    most = Math.max(most, ++running);
    thread.once("message", () => running--);
  };
  process.on("worker", count);
  const opened = await Promise.all(Array.from({ length: 6 }, () => unprotectIdentity(file, "right")));
  process.off("worker", count);
  expect(new Set(opened)).toEqual(new Set([key.identity]));
  expect({ most, running }).toEqual({ most: 2, running: 0 });
});

test("slots let so many tasks run at once, in order, failures included", async () => {
  const slots = createSlots(2);
  const started: number[] = [];
  let running = 0;
  let most = 0;
  const task = async (index: number) => {
    started.push(index);
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    if (index % 3 === 0) throw new Error(`task ${index}`);
    return index;
  };
  const results = await Promise.allSettled(Array.from({ length: 9 }, (_, index) => slots(() => task(index))));
  expect(most).toBe(2);
  expect(started).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(results.filter((result) => result.status === "rejected")).toHaveLength(3);
});
