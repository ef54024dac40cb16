import { readDescription } from "#lib/backups/signed-description.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";

const PAGE = 200;

/** Whose signatures a tenant believes, as raw Ed25519 keys in base64. */
export interface Believed {
  /** The tenant's own, or null while it has none. */
  own: string | null;
  /** Whom the operator vouches for, or null. */
  trusted: string | null;
  /** Of each key that somebody opened with its passphrase: the signer that its file names. It is believed for that key's backups and no others. */
  ofKeys: Map<string, string | null>;
}

export async function believedSigners(db: Transaction, trusted: string | null): Promise<Believed> {
  const { signingPublicKey: own } = await db.tenant.findFirstOrThrow({ select: { signingPublicKey: true } });
  const keys = await db.key.findMany({ where: { signingPublicKey: { not: null } }, select: { id: true, signingPublicKey: true } });
  return { own, trusted, ofKeys: new Map(keys.map(({ id, signingPublicKey }) => [id, signingPublicKey])) };
}

/**
 * What a description's signer makes of a backup under that key. Whoever can write to a destination can put a key file there that opens with their own passphrase
 * and names themselves: so what one key names says nothing of another's backups.
 */
export function authenticityOf(signer: string | null, keyId: string | null, believed: Believed): "own" | "signed" | "foreign" {
  if (signer === null) return "foreign";
  if (signer === believed.own) return "own";
  const isNamed = keyId !== null && believed.ofKeys.get(keyId) === signer;
  return isNamed || signer === believed.trusted ? "signed" : "foreign";
}

/** How much a signer's word is worth: 0 nothing; 1 what a key file names, which whoever can write to a destination can have put there; 2 the tenant's own or the operator's. */
export function rankOf(signer: string | null, keyId: string | null, believed: Believed): 0 | 1 | 2 {
  if (signer !== null && (signer === believed.own || signer === believed.trusted)) return 2;
  return authenticityOf(signer, keyId, believed) === "foreign" ? 0 : 1;
}

/** A key that turned out to be another one has vouched for these: nobody does any more. Not for those of which the word of somebody else holds. */
export async function disbelieveKey(db: Transaction, keyId: string, believed: Believed): Promise<void> {
  for (let after = "", more = true; more;) {
    const rows = await db.backup.findMany({
      where: { keyId, origin: "rebuild", authenticity: "signed", id: { gt: after } },
      select: { id: true, sha256: true, description: true },
      orderBy: { id: "asc" },
      take: PAGE,
    });
    const ids = rows.filter((row) => rankOf(signerOf(row), null, believed) === 0).map(({ id }) => id);
    await db.backup.updateMany({ where: { id: { in: ids } }, data: { authenticity: "foreign", retentionHeld: true } });
    more = rows.length === PAGE;
    after = rows.at(-1)?.id ?? "";
  }
}

/**
 * Lets every backup of the tenant that nobody vouched for, and whose stored description that signer signed, be believed from now on: those
 * under one key, or with null all. Answers how many. Each is verified anew.
 */
export async function believeSigner(tenantId: string, publicKey: string, keyId: string | null): Promise<number> {
  let believed = 0;
  for (let after = "", more = true; more;) {
    const found = await withTenant(tenantId, async (db) => {
      const rows = await db.backup.findMany({
        where: { authenticity: "foreign", id: { gt: after }, description: { contains: publicKey }, ...(keyId !== null && { keyId }) },
        select: { id: true, sha256: true, description: true },
        orderBy: { id: "asc" },
        take: PAGE,
      });
      const ids = rows.filter((row) => isSignedBy(row, publicKey)).map(({ id }) => id);
      const { count } = await db.backup.updateMany({
        where: { id: { in: ids }, authenticity: "foreign" },
        // What retention would do with it was shown to nobody while it was foreign.
        data: { authenticity: "signed", retentionHeld: true },
      });
      return { count, last: rows.length === PAGE ? rows.at(-1)?.id : undefined };
    });
    believed += found.count;
    more = found.last !== undefined;
    after = found.last ?? "";
  }
  return believed;
}

/** Whose signature under the description of a row holds and is about just this archive; null when nobody's. */
export function signerOf(row: { id: string; sha256: string | null; description: string | null }): string | null {
  if (row.description === null) return null;
  const { description, signer } = readDescription(row.description);
  return description.backupId === row.id && description.archive.sha256 === row.sha256 ? signer : null;
}

function isSignedBy(row: Parameters<typeof signerOf>[0], publicKey: string): boolean {
  return signerOf(row) === publicKey;
}
