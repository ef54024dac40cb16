import { expect, test } from "vitest";
import { keyFileName, keyName, recoveryLine } from "#components/keys/key-words.ts";

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
