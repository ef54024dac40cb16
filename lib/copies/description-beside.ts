import { MAX_DESCRIPTION_BYTES } from "#lib/backups/signed-description.ts";
import { readSmallObject, storeSmallObject } from "#lib/backups/small-object.ts";
import type { DestinationSession, PutOptions } from "#lib/connectors/connector.ts";

/** The text of the description beside an archive, or null when there is none. */
export async function readDescriptionBeside(session: DestinationSession, key: string): Promise<string | null> {
  const content = await readSmallObject(session, key, MAX_DESCRIPTION_BYTES + 1);
  return content === null ? null : content.toString();
}

/** Sees to it that the recorded description lies beside an archive. Another one in its place is removed first, where no lock forbids it. */
export async function mendDescription(
  session: DestinationSession,
  key: string,
  recorded: string,
  { onUploadId }: Required<Pick<PutOptions, "onUploadId">>,
): Promise<void> {
  const found = await readDescriptionBeside(session, key);
  if (found === recorded) return;
  if (found !== null) await session.remove(key);
  await storeSmallObject(session, key, Buffer.from(recorded), { onUploadId, lock: true });
}
