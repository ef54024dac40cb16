import { readObjectName } from "#lib/catalogue/object-names.ts";
import type { Skip } from "#lib/catalogue/report.ts";
import type { StoredObject } from "#lib/catalogue/scan-folder.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";
import { readAtMost } from "#lib/connectors/read-at-most.ts";
import { MAX_KEY_FILE_BYTES } from "#lib/crypto/passphrase.ts";

const ARMOR = "-----BEGIN AGE ENCRYPTED FILE-----";

/** A file of a key, by its name. */
export interface KeyFileObject extends StoredObject {
  version: number;
}

/** A key's newest file that can be one, with its content. */
export interface FoundKey {
  version: number;
  content: string;
  objects: KeyFileObject[];
}

/** The key files of a folder: names at once, contents when a backup needs them. */
export interface KeyFiles {
  /** Null when there is none that can be one. */
  read(keyId: string): Promise<FoundKey | null>;
}

export async function findKeyFiles(session: DestinationSession, folder: string, skip: (skip: Skip) => void): Promise<KeyFiles> {
  const files = new Map<string, KeyFileObject[]>();
  for await (const { key, sizeBytes } of session.list(`${folder}/keys`)) {
    const named = readObjectName(key);
    if (named.kind !== "key") continue;
    files.set(named.keyId, [...(files.get(named.keyId) ?? []), { key, sizeBytes, version: named.version }]);
  }
  const known = new Map<string, Promise<FoundKey | null>>();
  return {
    read: (keyId) => {
      const found = known.get(keyId) ?? readNewest(session, files.get(keyId) ?? [], skip);
      known.set(keyId, found);
      return found;
    },
  };
}

async function readNewest(session: DestinationSession, files: KeyFileObject[], skip: (skip: Skip) => void): Promise<FoundKey | null> {
  const good: { object: KeyFileObject; content: string }[] = [];
  for (const object of files.toSorted((a, b) => b.version - a.version)) {
    const content = await readContent(session, object);
    if (content === null) skip({ key: object.key, reason: "is no key file: it holds nothing that age encrypted under a passphrase" });
    else good.push({ object, content });
  }
  const [newest] = good;
  return newest ? { version: newest.object.version, content: newest.content, objects: good.map(({ object }) => object) } : null;
}

/** Whether a passphrase opens it is seen when somebody types one. */
async function readContent(session: DestinationSession, { key, sizeBytes }: StoredObject): Promise<string | null> {
  if (sizeBytes === 0 || sizeBytes > MAX_KEY_FILE_BYTES) return null;
  const body = await session.get(key, { offsetBytes: 0, lengthBytes: sizeBytes });
  const content = (await readAtMost(body, key, sizeBytes)).toString("latin1");
  return content.startsWith(ARMOR) && /^[\x20-\x7e\r\n]*$/.test(content) ? content : null;
}
