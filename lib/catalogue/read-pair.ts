import { z } from "zod";
import { ArchiveError } from "#lib/archive/archive-error.ts";
import { MAX_BACKUP_NUMBER, MAX_ENTRIES } from "#lib/archive/limits.ts";
import type { Description } from "#lib/archive/manifest.ts";
import { MAX_DESCRIPTION_BYTES, readDescription } from "#lib/backups/signed-description.ts";
import type { BackupPlace } from "#lib/catalogue/object-names.ts";
import type { Pair } from "#lib/catalogue/scan-folder.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { readAtMost } from "#lib/connectors/read-at-most.ts";
import { readHeader } from "#lib/crypto/age.ts";
import { CryptoError } from "#lib/crypto/crypto-error.ts";
import { MAX_HEADER_BYTES } from "#lib/crypto/header.ts";
import { nameField } from "#lib/http/fields.ts";
import { findUnstorableText } from "#lib/http/text-problem.ts";
import { idPrefixes } from "#lib/ids.ts";

/** A backup as a destination tells of it. */
export interface FoundBackup {
  pair: Pair;
  description: Description;
  /** The description as it lies there. */
  text: string;
  /** Whose signature holds, or null. */
  signer: string | null;
}

/** Not taken into the catalogue; the message goes on after the name of the object. */
export class NotAdoptable extends Error {}

/** Reads the description of a pair. Throws NotAdoptable, or DestinationError when the destination fails. */
export async function readPair(session: DestinationSession, pair: Pair): Promise<FoundBackup> {
  const { key, sizeBytes } = pair.description;
  if (sizeBytes === 0 || sizeBytes > MAX_DESCRIPTION_BYTES)
    throw new NotAdoptable(`is no description: it has ${sizeBytes} bytes, and one has at most ${MAX_DESCRIPTION_BYTES}`);
  const text = (await readAtMost(await session.get(key, { offsetBytes: 0, lengthBytes: sizeBytes }), key, sizeBytes)).toString();
  try {
    const { description, signer } = readDescription(text);
    requireStorable(description);
    requireSamePlace(description, pair);
    return { pair, description, text, signer };
  } catch (error) {
    if (error instanceof ArchiveError) throw new NotAdoptable(`is damaged or of another version: ${error.message}`, { cause: error });
    throw error;
  }
}

/**
 * The age header at the head of an archive, from which its file key can be unlocked later; null when what lies there does not begin with one, or is not as
 * long as its description says.
 */
export async function readArchiveHead(session: DestinationSession, { pair, description }: FoundBackup): Promise<Buffer | null> {
  const { key, sizeBytes } = pair.archive;
  if (sizeBytes !== description.archive.sizeBytes) return null;
  try {
    return await readHeader(await session.get(key, { offsetBytes: 0, lengthBytes: Math.min(sizeBytes, MAX_HEADER_BYTES) }));
  } catch (error) {
    if (error instanceof CryptoError) return null;
    throw error;
  }
}

/** What a bucket tells is held to the rules for what people type: it ends up in the same lists. */
const storable = z.object({
  system: z.object({
    name: nameField,
    kind: z.string().regex(/^[a-z0-9-]{1,64}$/, "This is no kind of system."),
    version: z.string().max(1000).nullable(),
  }),
  productVersion: z.string().max(100),
  notInBackup: z.array(z.string().max(1000)).max(1000),
  createdAt: z.string().refine((text) => text >= "2000" && text < "2200", "This is no time of a backup."),
  archive: z.object({ entries: z.number().max(MAX_ENTRIES) }),
  // The next backup of the system gets the next number.
  number: z.number().max(MAX_BACKUP_NUMBER).nullable(),
  key: z
    .object({ id: z.string().regex(new RegExp(`^${idPrefixes.key}_[0-9a-z]{26}$`)), fingerprint: z.string().regex(/^[0-9A-F]{16}$/) })
    .nullable(),
});

function requireStorable(description: Description): void {
  const unstorable = findUnstorableText(description);
  if (unstorable) throw new NotAdoptable(`cannot be stored: ${unstorable.path} holds a character that cannot be`);
  const [issue] = storable.safeParse(description).error?.issues ?? [];
  if (issue) throw new NotAdoptable(`is not one that Holdfast writes (${issue.path.join(".")}: ${issue.message})`);
}

/** A description that was moved or copied elsewhere speaks of another archive. */
function requireSamePlace(
  { tenantId, system, backupId, createdAt, archive, key }: Description,
  { place, archive: object, isEncrypted }: Pair,
): void {
  const said: [string, string, string][] = [
    ["tenant", tenantId, place.folder],
    ["system", system.id, place.systemId],
    ["backup", backupId, place.backupId],
    ["archive", archive.name, object.key.slice(object.key.lastIndexOf("/") + 1)],
    ["month", new Date(createdAt).toISOString().slice(0, 7), monthOf(place)],
    ["encryption", key === null ? "none" : "age", isEncrypted ? "age" : "none"],
  ];
  const wrong = said.find(([, inside, outside]) => inside !== outside);
  if (wrong) throw new NotAdoptable(`was moved or swapped: it says ${wrong[0]} ${wrong[1]}, and lies where ${wrong[2]} belongs`);
}

function monthOf({ year, month }: BackupPlace): string {
  return `${year}-${month}`;
}
