import { z } from "zod";
import { installationName } from "#lib/backups/installation-name.ts";
import { instanceKey } from "#lib/backups/object-keys.ts";
import { readSmallObject, storeSmallObject } from "#lib/backups/small-object.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { DestinationError } from "#lib/connectors/errors.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { connectorContext, readDestination } from "#lib/destinations/open-destination.ts";

/** A mark is two fields; what is longer is none. */
export const MAX_MARK_BYTES = 4096;

/** Takings-over do not come to that many; the mark is anybody's to write who can write there, and the column holds 2^31 - 1. */
export const MAX_EPOCH = 1_000_000_000;

const markSchema = z.object({ installation: z.string(), epoch: z.number().int().min(1).max(MAX_EPOCH) });
type Mark = z.infer<typeof markSchema>;

/** A tenant's part of one of its destinations. */
export interface MarkedPlace {
  tenantId: string;
  destinationId: string;
  /** The folder there, which is named after the tenant that wrote it. Absent: the tenant's own. */
  folder?: string;
}

/** Connects to a destination and makes sure, as requireOwnInstance, that it may be written to. The caller closes it. */
export async function openOwnDestination(place: MarkedPlace, signal: AbortSignal): Promise<DestinationSession> {
  const { tenantId, destinationId } = place;
  const { connector, config, own } = await withTenant(tenantId, async (db) => {
    const destination = await readDestination(db, destinationId);
    return { ...destination, own: { installation: await installationName(db), epoch: destination.instanceEpoch } };
  });
  const session = await connector.open(config, connectorContext(tenantId, signal));
  try {
    await requireOwnMark(session, place, own);
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** Makes sure that a tenant's part of a destination is written by this installation alone. Throws DestinationError when another one does. */
export async function requireOwnInstance(session: DestinationSession, place: MarkedPlace): Promise<void> {
  await requireOwnMark(session, place, await ownMark(place));
}

async function requireOwnMark(session: DestinationSession, place: MarkedPlace, own: Mark): Promise<void> {
  const present = await readMark(session, place, own);
  if (present?.epoch === own.epoch) return;
  // Ours of an earlier epoch: taking over was cut short before the new mark was there.
  if (present) await session.remove(keyOf(place));
  await storeMark(session, place, own);
}

/** As requireOwnInstance, but leaves a destination that nobody marked as it is: for deleting. */
export async function refuseForeignInstance(session: DestinationSession, place: MarkedPlace): Promise<void> {
  await readMark(session, place, await ownMark(place));
}

/**
 * Makes this installation the one that writes there, whoever did before: that one is refused from then on, so it has to be stopped first. Answers the new
 * epoch. Cut short, it is done again from its beginning.
 */
export async function takeOverInstance(session: DestinationSession, place: MarkedPlace): Promise<number> {
  const found = await findMark(session, place);
  const own = await ownMark(place);
  const epoch = Math.min(Math.max((found?.epoch ?? 0) + 1, own.epoch), MAX_EPOCH);
  await withTenant(place.tenantId, (db) =>
    db.destination.updateMany({ where: { id: place.destinationId }, data: { instanceEpoch: epoch } }),
  );
  await session.remove(keyOf(place));
  await storeMark(session, place, { ...own, epoch });
  return epoch;
}

/** The mark that lies there once it is known to be ours; null when there is none. */
async function readMark(session: DestinationSession, place: MarkedPlace, own: Mark): Promise<Mark | null> {
  const text = await readSmallObject(session, keyOf(place), MAX_MARK_BYTES);
  if (text === null) return null;
  const present = parseMark(text);
  if (present?.installation === own.installation && present.epoch <= own.epoch) return present;
  throw new DestinationError(
    "refused",
    `Another installation of Holdfast keeps this tenant's backups in this destination (${keyOf(place)} says so). Use another folder or prefix; or stop the other installation and take over with “npm run cli -- catalogue rebuild … --take-over”.`,
  );
}

/** Whoever it names, for taking over. What cannot be read names nobody. */
async function findMark(session: DestinationSession, place: MarkedPlace): Promise<Mark | null> {
  const text = await readSmallObject(session, keyOf(place), MAX_MARK_BYTES);
  return text === null ? null : parseMark(text);
}

async function ownMark({ tenantId, destinationId }: MarkedPlace): Promise<Mark> {
  return withTenant(tenantId, async (db) => {
    const { instanceEpoch } = await db.destination.findFirstOrThrow({ where: { id: destinationId }, select: { instanceEpoch: true } });
    return { installation: await installationName(db), epoch: instanceEpoch };
  });
}

async function storeMark(session: DestinationSession, place: MarkedPlace, mark: Mark): Promise<void> {
  await storeSmallObject(session, keyOf(place), Buffer.from(`${JSON.stringify(mark, null, 2)}\n`));
}

function keyOf({ tenantId, folder = tenantId }: MarkedPlace): string {
  return instanceKey(folder);
}

function parseMark(text: Buffer): Mark | null {
  try {
    return markSchema.parse(JSON.parse(text.toString()));
  } catch {
    return null;
  }
}
