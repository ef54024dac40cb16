import { expect, test } from "vitest";
import { PROOF_DAYS, proofDueAt } from "#lib/keys/proof-due.ts";

const day = (days: number) => new Date(Date.UTC(2026, 0, 1) + days * 86_400_000);
const key = { mode: "passphrase", createdAt: day(0), retiredAt: null, provenAt: null, identityTakenAt: null };

test("a passphrase is to be proven again 90 days after it was, and at once when it never was", () => {
  expect(PROOF_DAYS).toBe(90);
  expect(proofDueAt({ ...key, provenAt: day(10) }, 1)).toEqual(day(100));
  expect(proofDueAt(key, 0)).toEqual(day(0));
});

test("a managed key has nothing to prove until somebody took it away; that counts as a proof", () => {
  const managed = { ...key, mode: "managed" };
  expect(proofDueAt(managed, 1)).toBeNull();
  expect(proofDueAt({ ...managed, identityTakenAt: day(5) }, 1)).toEqual(day(95));
  expect(proofDueAt({ ...managed, identityTakenAt: day(5), provenAt: day(50) }, 1)).toEqual(day(140));
  expect(proofDueAt({ ...managed, identityTakenAt: day(60), provenAt: day(50) }, 1)).toEqual(day(150));
});

test("nothing is due without encryption, nor for an older key without backups", () => {
  expect(proofDueAt({ ...key, mode: "off" }, 3)).toBeNull();
  expect(proofDueAt({ ...key, retiredAt: day(1) }, 0)).toBeNull();
  expect(proofDueAt({ ...key, retiredAt: day(1) }, 1)).not.toBeNull();
});
