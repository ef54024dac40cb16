import { readSmallObject, storeSmallObject } from "#lib/backups/small-object.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { DestinationError } from "#lib/connectors/errors.ts";

/** What lies under a key file's name is not what was written there. */
export class ChangedKeyFileError extends DestinationError {
  constructor(objectKey: string) {
    super(
      "refused",
      `The key file “${objectKey}” was changed in the destination. Nothing is stored beside it: find out who writes there, then remove that file, and the next attempt writes the right one.`,
    );
  }
}

/**
 * Sees to it that a protected key file lies in a destination byte for byte, and that it stays locked as long as something that is stored now, and at least
 * until `until`. Throws ChangedKeyFileError when something else lies under its name, DestinationError as the destination does.
 */
export async function putKeyFile(session: DestinationSession, objectKey: string, content: Buffer, until?: Date): Promise<void> {
  const found = await readSmallObject(session, objectKey, content.length + 1);
  if (found === null) await storeSmallObject(session, objectKey, content, { lock: true });
  else if (!found.equals(content)) throw new ChangedKeyFileError(objectKey);
  await session.extendLock?.(objectKey, until);
}
