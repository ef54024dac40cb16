import { expect, test } from "vitest";
import { dueKeys, fileWords, heldUpFiles, keyFileName, keyName, recoveryLine, unprotectedKeys } from "#components/keys/key-words.ts";

const key = { id: "key_1", fingerprint: "7f3a0102030405c2", createdAt: "2026-03-03T10:00:00.000Z" };

test("names a key by what it is, its day and its fingerprint", () => {
  expect(keyName({ ...key, mode: "passphrase" })).toBe("Passphrase of 3 March 2026, 7f3a…c2");
  expect(keyName({ ...key, mode: "managed" })).toBe("Managed key of 3 March 2026, 7f3a…c2");
  expect(keyName({ ...key, fingerprint: "", mode: "off" })).toBe("Not encrypted");
});

test("names the key file as it is handed out", () => {
  expect(keyFileName({ ...key, mode: "passphrase" })).toBe("holdfast-key_1.age");
  expect(keyFileName({ ...key, mode: "managed" })).toBe("holdfast-key_1.key");
  expect(keyFileName({ ...key, mode: "off" })).toBeNull();
});

test("writes the recovery as one line, without a key where there is none", () => {
  expect(recoveryLine({ ...key, mode: "passphrase" }, "b.tar.zst.age")).toBe(
    "age -d -i holdfast-key_1.age b.tar.zst.age | zstd -d | tar x",
  );
  expect(recoveryLine({ ...key, mode: "off" }, "b.tar.zst")).toBe("zstd -d < b.tar.zst | tar x");
});

test("names a key by the day on which its passphrase was set last", () => {
  expect(keyName({ ...key, mode: "passphrase", passphraseSetAt: "2026-05-01T10:00:00.000Z" })).toBe("Passphrase of 1 May 2026, 7f3a…c2");
});

test("a managed key is unprotected until it was taken away, unless nothing depends on it", () => {
  const managed = { mode: "managed" as const, isProtected: false, isOpened: true, retiredAt: null, backupCount: 0 };
  const retired = { ...managed, retiredAt: "2026-03-03T10:00:00.000Z" };
  expect(unprotectedKeys([managed])).toHaveLength(1);
  expect(unprotectedKeys([{ ...retired, backupCount: 1 }])).toHaveLength(1);
  expect(unprotectedKeys([retired, { ...managed, isProtected: true }, { ...managed, isOpened: false }])).toEqual([]);
});

test("a key that was found and not opened is not asked to be proven", () => {
  expect(dueKeys([{ isProofOverdue: true, isOpened: false }])).toEqual([]);
  expect(dueKeys([{ isProofOverdue: true, isOpened: true }])).toHaveLength(1);
});

test("says of an old, present and new file what it opens with, and which destination holds the new one up", () => {
  const copy = {
    destinationId: "dst_1",
    destinationName: "Cloud",
    objectKey: "x",
    version: 2,
    status: "writing" as const,
    failure: "Full.",
  };
  expect(fileWords({ version: 1, status: "deleting" }, { protectionVersion: 2 })).toMatch(/passphrase of before/);
  expect(fileWords({ version: 1, status: "stored" }, { protectionVersion: 2 })).toMatch(/still lies there/);
  expect(fileWords({ version: 2, status: "stored" }, { protectionVersion: 2 })).toBe("Key file: stored and read back");
  expect(fileWords(copy, { protectionVersion: 1 })).toBe("New passphrase: not there yet");
  const pending = { isProtectionPending: true, protectionVersion: 1, copies: [copy, { ...copy, version: 1, failure: "Old." }] };
  expect(heldUpFiles([pending])).toEqual([copy]);
  expect(heldUpFiles([{ ...pending, isProtectionPending: false }])).toEqual([]);
});
