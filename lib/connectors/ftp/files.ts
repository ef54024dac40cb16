import { DestinationError } from "#lib/connectors/errors.ts";
import type { FtpConnection } from "#lib/connectors/ftp/connection.ts";
import { type FtpEntry, parseFacts, parseHumanListing, parseMachineListing } from "#lib/connectors/ftp/listing.ts";
import { FtpReplyError, type Reply } from "#lib/connectors/ftp/reply.ts";
import { collect } from "#lib/connectors/ftp/transfer.ts";

/** Of one folder's listing, which is held in memory. */
const MAX_LISTING_BYTES = 64 * 1024 * 1024;
/** RFC 959, section 4.2: the command is not known, or not with this parameter. */
const UNKNOWN_COMMAND = [500, 501, 502, 504];

/** The words of POSIX for ENOENT, which many servers pass on. */
const NO_SUCH_FILE = /no such file or directory/i;

/**
 * The size of a file, or null when there is none of that name. Servers answer 550 to whatever fails, so a refusal counts as "none" only when the folder
 * opens and the server says so in the words of its operating system, or lists it without that name. Throws FtpReplyError else.
 */
export async function statFile(connection: FtpConnection, path: string): Promise<{ sizeBytes: number } | null> {
  const first = await askForFile(connection, path);
  if (!("code" in first)) return factsOf(connection, path, first);
  const isSaid = NO_SUCH_FILE.test(first.lines.join(" "));
  if (isSaid && (await opens(connection, folderOf(path)))) return null;
  const listed = await findEntry(connection, path);
  if (listed?.type !== "file") return null;
  if (UNKNOWN_COMMAND.includes(first.code) && listed.sizeBytes !== null) return { sizeBytes: listed.sizeBytes };
  // Somebody may have stored it just now.
  const second = await askForFile(connection, path);
  if ("code" in second) throw new FtpReplyError(second);
  return factsOf(connection, path, second);
}

async function factsOf(connection: FtpConnection, path: string, { type, sizeBytes }: FtpEntry): Promise<{ sizeBytes: number } | null> {
  return type === "file" ? { sizeBytes: sizeBytes ?? (await sizeOf(connection, path)) } : null;
}

/** What a folder holds, or null when it is not there. Any other doubt is an error. */
export async function listFolder(connection: FtpConnection, folder: string): Promise<FtpEntry[] | null> {
  const { features, base } = connection;
  // Some servers answer a listing of nothing with an empty one: so the folder is entered first.
  const entered = await enter(connection, folder);
  if (entered.code < 300) {
    return features.has("MLST") || features.has("MLSD")
      ? parseMachineListing(await collect(connection, "MLSD", MAX_LISTING_BYTES))
      : parseHumanListing(await listForHumans(connection));
  }
  if (folder === base)
    throw new DestinationError("failed", `The folder “${base || "/"}” is gone; check that its disk is mounted on the server.`);
  const listed = await findEntry(connection, folder);
  if (listed?.type !== "directory") return null;
  // Somebody may have made it just now.
  if (!(await opens(connection, folder))) throw new FtpReplyError(entered);
  return listFolder(connection, folder);
}

/** Removes a file; fine when there is none. */
export async function removeFile(connection: FtpConnection, path: string): Promise<void> {
  const reply = await connection.control.ask(`DELE ${path}`, connection.timeouts.idleMs);
  if (reply.code >= 300 && (await statFile(connection, path)) !== null) throw new FtpReplyError(reply);
}

/** Makes the folders between the destination's own and `folder`. Throws FtpReplyError when the last of them cannot be entered. */
export async function ensureFolder(connection: FtpConnection, folder: string): Promise<void> {
  const { base, control, timeouts } = connection;
  if (await opens(connection, folder)) return;
  const parts = folder.slice(base.length + 1).split("/");
  let refusal: Reply | null = null;
  for (let count = 1; count <= parts.length; count++) {
    const reply = await control.ask(`MKD ${base}/${parts.slice(0, count).join("/")}`, timeouts.idleMs);
    // One that is there already is refused too; whether all are there is seen at the end.
    if (reply.code >= 300) refusal = reply;
  }
  const entered = await enter(connection, folder);
  if (entered.code >= 300) throw new FtpReplyError(refusal ?? entered);
}

/** The folder that a path lies in. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

/** Makes it the working folder, which no path of ours depends on. */
function enter({ control, timeouts }: FtpConnection, folder: string): Promise<Reply> {
  return control.ask(`CWD ${folder === "" ? "/" : folder}`, timeouts.idleMs);
}

/** Whether a folder is there and may be entered. */
export async function opens(connection: FtpConnection, folder: string): Promise<boolean> {
  return (await enter(connection, folder)).code < 300;
}

/** What the server says of one file: its facts, or the answer by which it says none. */
async function askForFile(connection: FtpConnection, path: string): Promise<FtpEntry | Reply> {
  const { control, timeouts, features } = connection;
  if (features.has("MLST")) {
    const reply = await control.ask(`MLST ${path}`, timeouts.idleMs);
    const entry = reply.code === 250 ? reply.lines.slice(1, -1).map(parseFacts).find(Boolean) : null;
    if (entry) return entry;
    if (reply.code >= 400 && !UNKNOWN_COMMAND.includes(reply.code)) return reply;
  }
  const reply = await control.ask(`SIZE ${path}`, timeouts.idleMs);
  return reply.code === 213 ? { name: path, type: "file", sizeBytes: sizeIn(reply) } : reply;
}

async function sizeOf({ control, timeouts }: FtpConnection, path: string): Promise<number> {
  return sizeIn(await control.request(`SIZE ${path}`, timeouts.idleMs));
}

function sizeIn({ lines }: Reply): number {
  const digits = /^\d+/.exec(lines[0]?.trim() ?? "")?.[0];
  if (digits === undefined) throw new DestinationError("not-understood", "The server does not tell the size of its files.");
  return Number(digits);
}

async function findEntry(connection: FtpConnection, path: string): Promise<FtpEntry | null> {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const entries = await listFolder(connection, folderOf(path));
  return entries?.find((entry) => entry.name === name) ?? null;
}

async function listForHumans(connection: FtpConnection): Promise<string> {
  try {
    return await collect(connection, "LIST -a", MAX_LISTING_BYTES);
  } catch (error) {
    if (error instanceof FtpReplyError && UNKNOWN_COMMAND.includes(error.code)) return collect(connection, "LIST", MAX_LISTING_BYTES);
    throw error;
  }
}
