import { deriveSecret } from "#lib/crypto/data-key.ts";
import type { Transaction } from "#lib/db/client.ts";
import { masterKey } from "#lib/installation.ts";

/** What this installation is called in the destinations that it writes to. Chosen once, so that it outlives a change of the master key. */
export async function installationName(db: Transaction): Promise<string> {
  const known = await db.installation.findFirst({ select: { name: true } });
  if (known) return known.name;
  // The same for all who ask first at the same time, and telling nothing about the master key.
  const name = deriveSecret(masterKey(), "name the installation").subarray(0, 16).toString("hex");
  await db.installation.createMany({ data: [{ id: "this", name }], skipDuplicates: true });
  return (await db.installation.findFirstOrThrow({ select: { name: true } })).name;
}
