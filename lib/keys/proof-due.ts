/** How long a proof that somebody can open a key is believed: passphrases fade, and safes are cleared out. */
export const PROOF_DAYS = 90;

const DAY_MS = 86_400_000;

interface ProvableKey {
  mode: string;
  createdAt: Date;
  retiredAt: Date | null;
  provenAt: Date | null;
  identityTakenAt: Date | null;
}

/**
 * When it is to be proven again that somebody can open a key: 90 days after the last proof; for a passphrase that nobody ever proved, since it is there.
 * Null where there is nothing to prove: without encryption, for a managed key that nobody has taken away, for an older key without `backups`.
 */
export function proofDueAt(key: ProvableKey, backups: number): Date | null {
  if (key.mode === "off" || (key.retiredAt !== null && backups === 0)) return null;
  if (key.mode === "managed" && key.identityTakenAt === null) return null;
  const proven = latest(key.provenAt, key.identityTakenAt);
  return proven === null ? key.createdAt : new Date(proven.getTime() + PROOF_DAYS * DAY_MS);
}

/** Taking the file away is believed as long as a proof is. */
function latest(provenAt: Date | null, identityTakenAt: Date | null): Date | null {
  if (provenAt === null || identityTakenAt === null) return provenAt ?? identityTakenAt;
  return provenAt > identityTakenAt ? provenAt : identityTakenAt;
}
