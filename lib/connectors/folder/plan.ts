import type { ArchiveReader, RestorePlan } from "#lib/connectors/connector.ts";
import { compareWithLive } from "#lib/connectors/folder/compare.ts";
import type { Selection } from "#lib/connectors/folder/globs.ts";
import { walk, type Found } from "#lib/connectors/folder/walk.ts";
import type { SftpClient } from "#lib/connectors/sftp/client.ts";

const NAMES_SHOWN = 20;

/** What a restore into the live folder would do. Nothing is ever removed. Reads only. */
export async function planFolderRestore(
  client: SftpClient,
  target: { root: string; user: string; selection: Selection },
  archive: ArchiveReader,
  signal: AbortSignal,
): Promise<RestorePlan> {
  const comparison = await compareWithLive(client, target.root, archive, signal);
  const untouched = await liveOnly(client, target.root, target.selection, comparison.archived);
  return {
    changes: [...comparison.changes].map(([path, { action, before }]) => ({
      part: "Files",
      action,
      subject: path,
      ...(before && { before: summaryOf(before) }),
    })),
    warnings: [...comparison.refused, ...untouched],
    blockers: comparison.hostile,
    notInBackup: archive.manifest.notInBackup,
    effects: comparison.changes.size > 0 ? [`Files that are replaced belong to “${target.user}” afterwards.`] : [],
  };
}

function summaryOf(found: Found): object {
  return {
    type: found.type,
    sizeBytes: found.sizeBytes,
    mode: found.mode.toString(8).padStart(4, "0"),
    modifiedAt: found.modifiedAt.toISOString(),
  };
}

async function liveOnly(client: SftpClient, root: string, selection: Selection, archived: Set<string>): Promise<string[]> {
  const names: string[] = [];
  let count = 0;
  for await (const { path, type } of walk(client, root, selection)) {
    if (type === "directory" || archived.has(path)) continue;
    count++;
    if (names.length < NAMES_SHOWN) names.push(path);
  }
  if (count === 0) return [];
  const more = count > names.length ? ` and ${count - names.length} more` : "";
  return [`${count} on the server and not in the backup stay untouched: ${names.join(", ")}${more}.`];
}
