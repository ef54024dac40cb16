import type { Transaction } from "#lib/db/client.ts";
import { NotFoundError } from "#lib/errors.ts";
import { type KeyDto, type KeyFileCopy, keyCopyStatuses, type KeyMode } from "#lib/keys/schemas.ts";
import { proofDueAt } from "#lib/keys/proof-due.ts";

/** The part of a query that reads what toKey shows: how many backups can be restored with the key, and where its file lies. */
export const withKeyFacts = {
  _count: { select: { backups: { where: { status: { in: ["completed", "trashed"] } } } } },
  copies: {
    where: { status: { not: "deleted" } },
    include: { destination: { select: { name: true } } },
    orderBy: [{ version: "asc" as const }, { destinationId: "asc" as const }],
  },
};

type KeyWithFacts = Awaited<ReturnType<typeof getKeyOrThrow>>;

/** A row as the API shows it, as of `now`. */
export function toKey(row: KeyWithFacts, now = new Date()): KeyDto {
  const isOpened = row.mode === "off" || (row.recipient !== null && (row.mode !== "managed" || row.sealedIdentity !== null));
  const due = proofDueAt(row, row._count.backups);
  return {
    id: row.id,
    mode: row.mode as KeyMode,
    fingerprint: row.fingerprint,
    recipient: row.recipient,
    createdAt: row.createdAt.toISOString(),
    retiredAt: row.retiredAt?.toISOString() ?? null,
    hint: row.hint,
    recoveryRecipients: row.recoveryRecipients,
    backupCount: row._count.backups,
    origin: row.origin === "rebuilt" ? "rebuilt" : "made",
    isOpened,
    signingPublicKey: row.signingPublicKey,
    isProtected: isProtected(row),
    identityTakenAt: row.identityTakenAt?.toISOString() ?? null,
    passphraseSetAt: (row.protectedAt ?? row.createdAt).toISOString(),
    protectionVersion: row.protectionVersion,
    isProtectionPending: row.nextProtectedIdentity !== null,
    provenAt: row.provenAt?.toISOString() ?? null,
    proofDueAt: due?.toISOString() ?? null,
    isProofOverdue: due !== null && due <= now,
    copies: row.copies.map(toCopy),
  };
}

/** Whether backups under a key outlive this installation: a managed one's identity lies here alone until somebody else can open them too. */
function isProtected(row: {
  mode: string;
  recoveryRecipients: string[];
  identityTakenAt: Date | null;
  sealedIdentity: string | null;
}): boolean {
  if (row.mode !== "managed") return row.mode === "passphrase";
  return row.recoveryRecipients.length > 0 || row.identityTakenAt !== null;
}

function toCopy({ destination, ...copy }: KeyWithFacts["copies"][number]): KeyFileCopy {
  const { destinationId, version, objectKey, failure } = copy;
  const status = keyCopyStatuses.find((each) => each === copy.status) ?? "missing";
  return { destinationId, destinationName: destination.name, version, objectKey, status, failure };
}

/** Throws NotFoundError for an id that is not among the tenant's keys. */
export async function getKeyOrThrow(db: Transaction, id: string) {
  const row = await db.key.findUnique({ where: { id }, include: withKeyFacts });
  if (!row) throw new NotFoundError("key");
  return row;
}
