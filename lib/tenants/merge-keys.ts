import type { TenantConfiguration } from "#lib/connectors/configuration-store.ts";
import type { Transaction } from "#lib/db/client.ts";
import type { Done } from "#lib/tenants/done.ts";

/**
 * Adds the keys that are not here, as retired ones. A key that is here never changes: the present passphrase stays the
 * present passphrase, and every stored backup keeps the key that opens it.
 */
export async function mergeKeys(db: Transaction, wanted: TenantConfiguration["keys"], done: Done): Promise<void> {
  const known = new Set((await db.key.findMany({ select: { id: true } })).map((key) => key.id));
  for (const key of wanted.filter(({ id }) => !known.has(id))) {
    if (key.mode === "managed") {
      done.followUp.push(
        `The managed key ${key.fingerprint} cannot come back: its secret half is in no backup. Keep the identity that was taken away.`,
      );
      continue;
    }
    const createdAt = new Date(key.createdAt);
    const retiredAt = key.retiredAt === null ? new Date() : new Date(key.retiredAt);
    await db.key.createMany({ data: [{ ...key, createdAt, retiredAt }] });
    done.applied.push({ part: "Keys", action: "add", subject: key.fingerprint });
  }
}
