import { randomUUID } from "node:crypto";
import type { ArchiveEntry, ArchiveReader } from "#lib/connectors/connector.ts";
import type { RestoreReport } from "#lib/connectors/restore-report.ts";
import { messageOf } from "#lib/connectors/errors.ts";
import { compareWithLive, RESTORED_MODE, type Comparison } from "#lib/connectors/folder/compare.ts";
import { explainSftpError } from "#lib/connectors/folder/explain.ts";
import { createLiveTree, type LiveTree } from "#lib/connectors/folder/live-tree.ts";
import { absolute } from "#lib/connectors/folder/walk.ts";
import type { SftpClient } from "#lib/connectors/sftp/client.ts";
import { SftpError } from "#lib/connectors/sftp/sftp-error.ts";
import { writeNewFile } from "#lib/connectors/sftp/write-file.ts";
import { ConflictError } from "#lib/errors.ts";

interface Target {
  client: SftpClient;
  root: string;
  live: LiveTree;
}

const NEW_FOLDER_MODE = 0o700;

/**
 * Makes the live folder equal to the archive where it differs; nothing is removed, no link is followed. Each file is written beside its
 * place and renamed over it, so that it is whole at every moment. Entries that cannot be written are told in the report, the others go on;
 * a lost connection ends it with a partial report. Throws ConflictError, before anything changed, when the archive holds hostile entries.
 */
export async function applyFolderRestore(
  client: SftpClient,
  root: string,
  archive: ArchiveReader,
  signal: AbortSignal,
  progress: (sentence: string) => void,
): Promise<RestoreReport> {
  progress("Comparing the archive with the folder.");
  const comparison = await compareWithLive(client, root, archive, signal);
  if (comparison.hostile.length > 0) throw new ConflictError(`Nothing was restored. ${comparison.hostile.join(" ")}`, "hostile-archive");
  const report: RestoreReport = { outcome: "completed", applied: [], problems: [...comparison.refused], followUp: [] };
  await applyChanges({ client, root, live: createLiveTree(client, root) }, archive, comparison, report, signal, progress);
  if (report.problems.length > 0) report.outcome = "partial";
  return report;
}

async function applyChanges(
  target: Target,
  archive: ArchiveReader,
  { changes }: Comparison,
  report: RestoreReport,
  signal: AbortSignal,
  progress: (sentence: string) => void,
): Promise<void> {
  const folders: ArchiveEntry[] = [];
  try {
    for await (const entry of archive.entries()) {
      const change = changes.get(entry.path);
      if (change) {
        signal.throwIfAborted();
        progress(`${report.applied.length + 1} of ${changes.size}: ${entry.path}`);
        if (await applied(() => writeEntry(target, entry), entry.path, report)) {
          report.applied.push({ part: "Files", action: change.action, subject: entry.path });
          if (entry.type === "directory") folders.push(entry);
        }
      }
      entry.body.resume();
    }
    // Deepest first and last of all: a folder that its owner may not write to would take no files.
    for (const folder of folders.reverse()) await applied(() => setFolderMode(target, folder), folder.path, report);
  } catch (error) {
    if (report.applied.length === 0) throw error;
    const left = changes.size - report.applied.length;
    report.problems.push(`${left} of ${changes.size} changes were not made: ${messageOf(signal.aborted ? signal.reason : error)}`);
  }
}

/** Whether `work` succeeded; a refusal of the server becomes a problem of the report, anything else is thrown. */
async function applied(work: () => Promise<void>, path: string, report: RestoreReport): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    const explained = explainSftpError(error, (reason) => new Error(reason));
    if (explained === error) throw error;
    report.problems.push(`“${path}” could not be written: ${messageOf(explained)}`);
    return false;
  }
}

async function writeEntry(target: Target, entry: ArchiveEntry): Promise<void> {
  const path = absolute(target.root, entry.path);
  // Looked at again at the last moment: somebody may have put a link on the way since the comparison.
  const problem = await target.live.parentProblem(entry.path);
  if (problem) throw new SftpError(path, 4, problem);
  await makeParents(target, entry.path);
  if (entry.type === "directory") return makeFolder(target, entry.path);
  const beside = `${path.slice(0, path.lastIndexOf("/") + 1)}.holdfast-restore-${randomUUID()}`;
  try {
    if (entry.type === "symlink") await target.client.symlink(entry.linkTarget ?? "", beside);
    else await writeFile(target.client, beside, entry);
    await target.client.replace(beside, path);
  } catch (error) {
    await target.client.unlink(beside).catch(() => undefined);
    throw error;
  }
}

async function writeFile(client: SftpClient, beside: string, entry: ArchiveEntry): Promise<void> {
  await writeNewFile(client, beside, entry.body);
  await client.setMode(beside, entry.mode & RESTORED_MODE);
  await client.setTimes(beside, entry.modifiedAt);
}

async function makeParents(target: Target, path: string): Promise<void> {
  const parts = path.split("/").slice(0, -1);
  for (let depth = 1; depth <= parts.length; depth++) await makeFolder(target, parts.slice(0, depth).join("/"));
}

async function makeFolder({ client, root, live }: Target, path: string): Promise<void> {
  if (await live.find(path)) return;
  await client.mkdir(absolute(root, path), NEW_FOLDER_MODE);
  live.forget(path);
}

async function setFolderMode({ client, root, live }: Target, entry: ArchiveEntry): Promise<void> {
  const found = await live.find(entry.path);
  if (found?.type !== "directory") return;
  const kept = found.mode & ~RESTORED_MODE;
  await client.setMode(absolute(root, entry.path), kept | (entry.mode & RESTORED_MODE));
}
