import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { DestinationError } from "#lib/connectors/errors.ts";
import type { FtpConnection } from "#lib/connectors/ftp/connection.ts";
import { folderOf, opens, removeFile, statFile } from "#lib/connectors/ftp/files.ts";
import { FtpReplyError } from "#lib/connectors/ftp/reply.ts";
import { UNFINISHED_PREFIX } from "#lib/connectors/object-key.ts";

export interface Naming {
  from: string;
  to: string;
  /** For sentences. */
  key: string;
  /** Of the whole file, once it may have been given its name; null before. */
  sizeBytes: number | null;
  /** Whether the folder that stands for the name is ours. */
  hasTurn: boolean;
}

/** Longer than the look and the rename take; after it whoever holds the name is taken for dead. */
const TURN_MS = 5_000;
const LOOK_AGAIN_MS = 100;
/** The folder may have gone between two looks, but hardly so often. */
const MAX_REFUSALS = 3;

/**
 * Gives a finished file its name. Many servers replace silently what has that name, and FTP has no rename that does not: but making a folder succeeds
 * for one alone. Whoever makes the folder that stands for the name may look and rename. Throws DestinationError "exists".
 */
export async function nameOnce(connection: FtpConnection, naming: Naming, sizeBytes: number): Promise<void> {
  const { control, timeouts } = connection;
  naming.hasTurn = await takeTurn(connection, naming.to);
  try {
    await assertAbsent(connection, naming.to, naming.key);
    const reply = await control.ask(`RNFR ${naming.from}`, timeouts.idleMs);
    if (reply.code !== 350) throw new FtpReplyError(reply);
    naming.sizeBytes = sizeBytes;
    await control.request(`RNTO ${naming.to}`, timeouts.idleMs);
  } finally {
    if (control.isUsable && naming.hasTurn) await releaseName(connection, naming.to);
  }
}

/** Removes what a failed upload left. A file whose renaming was asked for and not confirmed may have its name already. */
export async function undo(connection: FtpConnection, { from, to, sizeBytes, hasTurn }: Naming): Promise<void> {
  const wasNamed =
    sizeBytes !== null && (await statFile(connection, from)) === null && (await statFile(connection, to))?.sizeBytes === sizeBytes;
  await removeFile(connection, wasNamed ? to : from);
  if (hasTurn) await releaseName(connection, to);
}

/** Gives up what stands for a name, whoever made it. */
export async function releaseName({ control, timeouts }: FtpConnection, path: string): Promise<void> {
  const removed = await control.ask(`RMD ${turnOf(path)}`, timeouts.idleMs);
  if (removed.code >= 300) await control.ask(`DELE ${turnOf(path)}`, timeouts.idleMs);
}

export async function assertAbsent(connection: FtpConnection, path: string, key: string): Promise<void> {
  if (await statFile(connection, path)) throw new DestinationError("exists", `There is already an object “${key}”.`);
}

async function takeTurn(connection: FtpConnection, path: string): Promise<boolean> {
  const turn = turnOf(path);
  let refusals = 0;
  for (let waitedMs = 0; waitedMs < TURN_MS; waitedMs += LOOK_AGAIN_MS) {
    const made = await connection.control.ask(`MKD ${turn}`, connection.timeouts.idleMs);
    if (made.code < 300) return true;
    // A server that makes no folders: then the look before the renaming has to do.
    refusals = (await opens(connection, turn)) ? 0 : refusals + 1;
    if (refusals === MAX_REFUSALS) return false;
    await sleep(LOOK_AGAIN_MS);
  }
  return true;
}

/** What stands for a name while it is given: it lists as no object. */
export function turnOf(path: string): string {
  return `${folderOf(path)}/${UNFINISHED_PREFIX}name-${createHash("sha256").update(path).digest("hex").slice(0, 32)}`;
}
