import { ArchiveError } from "#lib/archive/archive-error.ts";
import { readDescription, requireSignedBy } from "#lib/backups/signed-description.ts";
import { readSmallObject } from "#lib/backups/small-object.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { readDescriptionBeside } from "#lib/copies/description-beside.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import type { ClaimedVerification } from "#lib/verifications/claim-verification.ts";

type Copy = ClaimedVerification["backup"]["copies"][number];

/** Something beside an archive that is not what it should be. */
export interface BesideFinding {
  /** A sentence. */
  message: string;
  /** Whether a machine can mend it without overwriting what a person should look at first. */
  mendable: boolean;
}

/** Checks the description and the key file that belong to a copy. Throws DestinationError when they cannot be read. */
export async function checkBeside(session: DestinationSession, verification: ClaimedVerification, copy: Copy): Promise<BesideFinding[]> {
  const description = await checkDescription(session, verification, copy);
  const keyFile = await checkKeyFile(session, verification, copy);
  return [description, keyFile].filter((finding) => finding !== null);
}

async function checkDescription(session: DestinationSession, verification: ClaimedVerification, copy: Copy): Promise<BesideFinding | null> {
  const { backup, signingPublicKey } = verification;
  const text = await readDescriptionBeside(session, copy.descriptionKey);
  const mendable = backup.description !== null;
  if (text === null) return { message: "The description beside the archive is missing.", mendable };
  const isAsRecorded = backup.description === null ? describes(text, backup) : text === backup.description;
  if (!isAsRecorded) return { message: otherDescription(text, backup.id), mendable };
  if (backup.authenticity !== "own" || signingPublicKey === null) return null;
  try {
    requireSignedBy(text, signingPublicKey);
    return null;
  } catch (error) {
    if (error instanceof ArchiveError) return { message: error.message, mendable: false };
    throw error;
  }
}

/** For a backup whose description was never recorded. */
function describes(text: string, backup: { id: string; sha256: string | null }): boolean {
  const read = tryRead(text);
  return read?.description.backupId === backup.id && read.description.archive.sha256 === backup.sha256;
}

/** Says what lies there instead of the recorded description. */
function otherDescription(text: string, backupId: string): string {
  const read = tryRead(text);
  if (read === null) return "The description beside the archive was changed: it cannot be read any more.";
  if (read.description.backupId !== backupId) return "The description beside the archive was swapped: it is that of another backup.";
  if (read.signer === null) return "The description beside the archive was changed: its signature does not hold.";
  return "The description beside the archive is not the recorded one, although it is signed: it was replaced.";
}

function tryRead(text: string): ReturnType<typeof readDescription> | null {
  try {
    return readDescription(text);
  } catch {
    return null;
  }
}

/** Takings-over that one look lasts out; a further one is the next verification's business. */
const MOST_LOOKS = 3;

/**
 * The identity under its passphrase, without which the archives there open for nobody should this installation be lost. A key that was protected anew since
 * the claim has another file by now, and the old one was removed: what seems wrong is compared with the rows once more before it is a finding.
 */
async function checkKeyFile(session: DestinationSession, verification: ClaimedVerification, copy: Copy): Promise<BesideFinding | null> {
  const { backup, tenantId } = verification;
  let expected = await readExpected(tenantId, backup.keyId, copy.destinationId);
  for (let look = 0; look < MOST_LOOKS && expected !== null; look += 1) {
    const { objectKey, content } = expected;
    const found = await readSmallObject(session, objectKey, Buffer.byteLength(content) + 1);
    const status = found === null ? "missing" : found.equals(Buffer.from(content)) ? "stored" : "damaged";
    const now = status === "stored" ? expected : await readExpected(tenantId, backup.keyId, copy.destinationId);
    if (isSameFile(now, expected)) return recordKeyFile(tenantId, expected, status);
    expected = now;
  }
  return null;
}

interface ExpectedKeyFile {
  keyId: string;
  destinationId: string;
  version: number;
  status: string;
  objectKey: string;
  content: string;
}

/** As the rows say at this moment; null where none should lie, or its writing or removal is under way. */
async function readExpected(tenantId: string, keyId: string, destinationId: string): Promise<ExpectedKeyFile | null> {
  return withTenant(tenantId, async (db) => {
    const key = await db.key.findUniqueOrThrow({ where: { id: keyId }, select: { protectedIdentity: true, protectionVersion: true } });
    const file = await db.keyCopy.findFirst({ where: { keyId, destinationId, version: key.protectionVersion } });
    if (key.protectedIdentity === null || !file || !isSettled(file.status)) return null;
    return { keyId, destinationId, version: file.version, status: file.status, objectKey: file.objectKey, content: key.protectedIdentity };
  });
}

function isSameFile(one: ExpectedKeyFile | null, other: ExpectedKeyFile): boolean {
  return one?.version === other.version && one.status === other.status && one.content === other.content;
}

async function recordKeyFile(
  tenantId: string,
  file: ExpectedKeyFile,
  status: "stored" | "missing" | "damaged",
): Promise<BesideFinding | null> {
  const { keyId, destinationId, version } = file;
  const message = status === "stored" ? null : keyFileSentences[status];
  await withTenant(tenantId, (db) =>
    db.keyCopy.updateMany({ where: { keyId, destinationId, version, status: file.status }, data: { status, failure: message } }),
  );
  return message === null ? null : { message, mendable: status === "missing" };
}

function isSettled(status: string): boolean {
  return ["stored", "damaged", "missing"].includes(status);
}

const keyFileSentences = {
  missing: "The key file beside the archives is missing.",
  damaged:
    "The key file beside the archives was changed or swapped. Find out who writes there, then remove it and press “Mend now” at the copy: that writes the right one.",
};
