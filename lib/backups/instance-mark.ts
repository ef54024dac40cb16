import { z } from "zod";
import { instanceKey } from "#lib/backups/object-keys.ts";
import { readSmallObject, storeSmallObject } from "#lib/backups/small-object.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { DestinationError } from "#lib/connectors/errors.ts";
import { deriveSecret } from "#lib/crypto/data-key.ts";
import { masterKey } from "#lib/installation.ts";

const MAX_MARK_BYTES = 4096;

const markSchema = z.object({ installation: z.string(), epoch: z.number() });

/** Rises when an installation starts over from an older catalogue. */
const EPOCH = 1;

/** Makes sure that a tenant's part of a destination is written by this installation alone. Throws DestinationError when another one does. */
export async function requireOwnInstance(session: DestinationSession, tenantId: string): Promise<void> {
  if (await isOwnInstance(session, tenantId)) return;
  const mark = JSON.stringify({ installation: installationId(), epoch: EPOCH }, null, 2);
  await storeSmallObject(session, instanceKey(tenantId), Buffer.from(`${mark}\n`));
}

/** As requireOwnInstance, but leaves a destination that nobody marked as it is: for deleting. */
export async function refuseForeignInstance(session: DestinationSession, tenantId: string): Promise<void> {
  await isOwnInstance(session, tenantId);
}

async function isOwnInstance(session: DestinationSession, tenantId: string): Promise<boolean> {
  const text = await readSmallObject(session, instanceKey(tenantId), MAX_MARK_BYTES);
  if (text === null) return false;
  const mark = markSchema.safeParse(parseJson(text.toString()));
  if (mark.success && mark.data.installation === installationId() && mark.data.epoch === EPOCH) return true;
  throw new DestinationError(
    "refused",
    `Another installation of Holdfast keeps this tenant's backups in this destination (${instanceKey(tenantId)} says so). Use another folder or prefix, or stop the other installation and remove that file.`,
  );
}

/** The same for the life of the master key, and telling nothing about it. */
function installationId(): string {
  return deriveSecret(masterKey(), "name the installation").subarray(0, 16).toString("hex");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
