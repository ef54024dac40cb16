import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import type { ArchiveEntry, ArchiveReader } from "#lib/connectors/connector.ts";
import { createLiveTree, type LiveTree } from "#lib/connectors/folder/live-tree.ts";
import { linkStaysInside, pathProblem } from "#lib/connectors/folder/safe-path.ts";
import { absolute, type Found } from "#lib/connectors/folder/walk.ts";
import type { SftpClient } from "#lib/connectors/sftp/client.ts";
import { readFileChunks, ShrunkError } from "#lib/connectors/sftp/read-file.ts";

/** Bits of a mode that are restored: reading, writing, executing. */
export const RESTORED_MODE = 0o777;

export interface Comparison {
  /** By path: what has to be done so that the folder equals the archive. */
  changes: Map<string, { action: "add" | "change"; before: Found | null }>;
  /** Sentences on entries that stay as they are, with the reason. */
  refused: string[];
  /** Sentences on entries that no honest archive holds. */
  hostile: string[];
  /** Every path in the archive. */
  archived: Set<string>;
}

/** Compares an archive with the live folder, contents included. Reads only. */
export async function compareWithLive(client: SftpClient, root: string, archive: ArchiveReader, signal: AbortSignal): Promise<Comparison> {
  const comparison: Comparison = { changes: new Map(), refused: [], hostile: [], archived: new Set() };
  const live = createLiveTree(client, root);
  for await (const entry of archive.entries()) {
    signal.throwIfAborted();
    try {
      await compareEntry(client, root, live, entry, comparison);
    } finally {
      entry.body.resume();
    }
  }
  return comparison;
}

async function compareEntry(client: SftpClient, root: string, live: LiveTree, entry: ArchiveEntry, comparison: Comparison): Promise<void> {
  const hostile = pathProblem(entry.path) ?? (comparison.archived.has(entry.path) ? "it is there twice" : null);
  if (hostile) return void comparison.hostile.push(`${JSON.stringify(entry.path)} cannot be restored: ${hostile}.`);
  comparison.archived.add(entry.path);
  const before = await live.find(entry.path);
  const refusal = refusalOf(entry, before) ?? (await live.parentProblem(entry.path));
  if (refusal) return void comparison.refused.push(`“${entry.path}” stays as it is: ${refusal}.`);
  if (!before) return void comparison.changes.set(entry.path, { action: "add", before: null });
  if (await differs(client, root, entry, before)) comparison.changes.set(entry.path, { action: "change", before });
}

function refusalOf(entry: ArchiveEntry, before: Found | null): string | null {
  if (entry.type === "symlink" && !linkStaysInside(entry.path, entry.linkTarget ?? "")) return "the link leads out of the folder";
  if (!before || before.type === entry.type) return null;
  if (before.type === "symlink" && entry.type === "file") return null;
  if (before.type === "file" && entry.type === "symlink") return null;
  return `on the server there is a ${before.type === "special" ? "device, pipe or socket" : before.type} of that name; remove it first`;
}

async function differs(client: SftpClient, root: string, entry: ArchiveEntry, before: Found): Promise<boolean> {
  if (before.type !== entry.type) return true;
  if (entry.type === "symlink") return (await client.readlink(absolute(root, entry.path))) !== entry.linkTarget;
  if ((before.mode & RESTORED_MODE) !== (entry.mode & RESTORED_MODE)) return true;
  if (entry.type === "directory") return false;
  if (before.sizeBytes !== entry.sizeBytes) return true;
  const [wanted, found] = await Promise.all([hashOf(entry.body), liveHashOf(client, absolute(root, entry.path), before.sizeBytes)]);
  return wanted !== found;
}

async function hashOf(body: Readable | AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of body) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

async function liveHashOf(client: SftpClient, path: string, sizeBytes: number): Promise<string | null> {
  try {
    return await hashOf(readFileChunks(client, path, sizeBytes));
  } catch (error) {
    if (error instanceof ShrunkError) return null;
    throw error;
  }
}
