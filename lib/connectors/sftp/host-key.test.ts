import { expect, test } from "vitest";
import { algorithmsFor, describeHostKey, matchesPinned, parsePinnedHostKey } from "#lib/connectors/sftp/host-key.ts";

/** Only the beginning of a real one: type and length, and no key. */
const BLOB = Buffer.from("AAAAC3NzaC1lZDI1NTE5AAAAIA==", "base64");

test("a host key is described by its type and OpenSSH's fingerprint", () => {
  expect(describeHostKey(BLOB)).toMatch(/^ssh-ed25519 SHA256:[A-Za-z0-9+/]{43}$/);
});

test("a pinned key matches itself, with and without its type", () => {
  const observed = describeHostKey(BLOB);
  const fingerprint = observed.split(" ")[1] ?? "";
  for (const text of [observed, fingerprint, ` ${observed} `]) {
    const pinned = parsePinnedHostKey(text);
    expect(pinned && matchesPinned(pinned, observed)).toBe(true);
  }
  const other = parsePinnedHostKey(`ssh-rsa ${fingerprint}`);
  expect(other && matchesPinned(other, observed)).toBe(false);
  expect(algorithmsFor(other)).toEqual(["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"]);
  expect(algorithmsFor(null)).toContain("ssh-ed25519");
});

test.each(["", "SHA256:short", "MD5:aa:bb", "ssh-dss SHA256:" + "A".repeat(43), "ssh-ed25519 " + "A".repeat(43)])(
  "%j is no pinned key",
  (text) => {
    expect(parsePinnedHostKey(text)).toBeNull();
  },
);
