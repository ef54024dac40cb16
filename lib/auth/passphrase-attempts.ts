import { z } from "zod";
import { type Attempt, type Count, oneLess, oneMore, refuseLocked } from "#lib/auth/attempts.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";

/** Wrong passphrases of one account in an hour, whatever keys they are tried on. */
const MOST_IN_AN_HOUR = 30;
const HOUR_MS = 3_600_000;

const storedCounts = z.record(z.string(), z.object({ failures: z.int(), lockedUntil: z.coerce.date().nullable() }));

interface Counts {
  /** By the key's id. */
  ofKeys: Record<string, Count>;
  ofAll: number;
  /** When the hour of `ofAll` ends. */
  until: Date | null;
}

/**
 * As beginAttempt, at the passphrase of one key. A right one begins this key's count anew and no other's, so that opening one's own key does not help to guess
 * another's. Beyond that, an account that had 30 wrong ones within an hour rests until it is over, and only time ends that.
 */
export async function beginPassphraseAttempt(accountId: string, keyId: string): Promise<Attempt> {
  const before = await changeCounts(accountId, ({ ofKeys, ofAll, until }) => {
    const count = ofKeys[keyId] ?? { failures: 0, lockedUntil: null };
    for (const rest of [count.lockedUntil, ofAll >= MOST_IN_AN_HOUR ? until : null])
      if (rest && rest > new Date()) refuseLocked(rest, "passphrase");
    const isOver = until === null || until <= new Date();
    return {
      ofKeys: { ...ofKeys, [keyId]: oneMore(count) },
      ...(isOver ? { ofAll: 1, until: new Date(Date.now() + HOUR_MS) } : { ofAll: ofAll + 1, until }),
    };
  });
  return {
    async succeeded() {
      await changeCounts(accountId, ({ ofKeys: { [keyId]: _, ...ofKeys }, ofAll, until }) => ({
        ofKeys,
        ofAll: Math.max(0, ofAll - 1),
        until,
      }));
    },
    async withdrawn() {
      await changeCounts(accountId, ({ ofKeys: { [keyId]: now, ...ofKeys }, ofAll, until }) => {
        const count = now && oneLess(now, before?.ofKeys[keyId] ?? null);
        return { ofKeys: count?.failures ? { ...ofKeys, [keyId]: count } : ofKeys, ofAll: Math.max(0, ofAll - 1), until };
      });
    },
  };
}

/** Changes the counts while nobody else can, and answers what they were; null when the account has no credential to count at. */
async function changeCounts(accountId: string, change: (counts: Counts) => Counts): Promise<Counts | null> {
  return acrossTenants("identity", async (db) => {
    await db.$queryRaw`SELECT account_id FROM credentials WHERE account_id = ${accountId} FOR UPDATE`;
    const row = await db.credential.findUnique({ where: { accountId } });
    if (!row) return null;
    const ofKeys = storedCounts.parse(row.passphraseCounts);
    const before = { ofKeys, ofAll: row.failedPassphrases, until: row.passphrasesCountedUntil };
    const { ofKeys: after, ofAll: failedPassphrases, until: passphrasesCountedUntil } = change(before);
    const passphraseCounts = Object.fromEntries(
      Object.entries(after).map(([id, { failures, lockedUntil }]) => [id, { failures, lockedUntil: lockedUntil?.toISOString() ?? null }]),
    );
    await db.credential.updateMany({ where: { accountId }, data: { passphraseCounts, failedPassphrases, passphrasesCountedUntil } });
    return before;
  });
}
