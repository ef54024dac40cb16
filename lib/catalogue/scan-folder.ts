import { type BackupPlace, readObjectName } from "#lib/catalogue/object-names.ts";
import type { Skip } from "#lib/catalogue/report.ts";
import type { DestinationSession } from "#lib/connectors/connector.ts";

/** An archive and the description beside it, by their names. */
export interface Pair {
  place: BackupPlace;
  archive: StoredObject;
  description: StoredObject;
  isEncrypted: boolean;
}

export interface StoredObject {
  key: string;
  sizeBytes: number;
}

interface Half {
  place: BackupPlace;
  archive?: StoredObject & { isEncrypted: boolean };
  description?: StoredObject;
}

/** Some tens of megabytes. */
const MOST_WAITING = 50_000;

/**
 * Walks a folder of a destination as its listing comes and gives out archives with their descriptions; only what still lacks its other half is kept in memory.
 * What belongs to nothing is told to `skip`. Listings come in the order of names, or folder by folder, so that halves lie near each other: of those that wait,
 * the oldest are given up beyond `mostWaiting`, as anybody who can write there can leave millions.
 */
export async function* scanFolder(
  session: Pick<DestinationSession, "list">,
  folder: string,
  skip: (skip: Skip) => void,
  mostWaiting = MOST_WAITING,
): AsyncGenerator<Pair> {
  const halves = new Map<string, Half>();
  for await (const { key, sizeBytes } of session.list(folder)) {
    const named = readObjectName(key);
    if (named.kind === "unknown") skip({ key, reason: "is no file of Holdfast's by its name" });
    if (named.kind !== "archive" && named.kind !== "description") continue;
    const { place } = named;
    const half: Half = halves.get(place.base) ?? { place };
    if (named.kind === "description") half.description = { key, sizeBytes };
    else if (half.archive) skip({ key, reason: `is a second archive beside ${half.archive.key}` });
    else half.archive = { key, sizeBytes, isEncrypted: named.isEncrypted };
    const pair = pairOf(half);
    if (pair) {
      halves.delete(place.base);
      yield pair;
    } else halves.set(place.base, half);
    const [oldest] = halves.size > mostWaiting ? halves : [];
    if (!oldest) continue;
    halves.delete(oldest[0]);
    skipHalf(oldest[1], skip);
  }
  for (const half of halves.values()) skipHalf(half, skip);
}

function skipHalf({ archive, description }: Half, skip: (skip: Skip) => void): void {
  if (archive) skip({ key: archive.key, reason: "has no description beside it: it is unfinished, or was being removed" });
  if (description) skip({ key: description.key, reason: "describes an archive that is not there" });
}

function pairOf({ place, archive, description }: Half): Pair | null {
  if (!archive || !description) return null;
  const { isEncrypted, ...object } = archive;
  return { place, archive: object, description, isEncrypted };
}
