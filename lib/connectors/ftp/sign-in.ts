import { DestinationError } from "#lib/connectors/errors.ts";
import { type FtpAccess, type FtpConnection, isSecured } from "#lib/connectors/ftp/connection.ts";
import type { FtpControl } from "#lib/connectors/ftp/control.ts";
import { FtpReplyError, type Reply } from "#lib/connectors/ftp/reply.ts";
import type { TlsSessions } from "#lib/connectors/ftp/tls.ts";

/** Signs in over a control connection that may see the password, sets what all transfers need, and finds the folder. */
export async function signIn(control: FtpControl, access: FtpAccess, sessions: TlsSessions): Promise<FtpConnection> {
  await showCredentials(control, access);
  return prepare(control, access, sessions);
}

async function showCredentials(control: FtpControl, { config, timeouts }: FtpAccess): Promise<void> {
  const said = await control.ask(`USER ${config.user}`, timeouts.idleMs);
  const reply = said.code === 331 ? await control.ask(`PASS ${config.password}`, timeouts.idleMs) : said;
  if (reply.code >= 200 && reply.code < 300) return;
  const wantsTls = config.security === "plain" && /tls|ssl|secur|encrypt/i.test(reply.lines.join(" "));
  const mend = wantsTls ? "it wants TLS, so choose an encryption." : "check the user and the password.";
  // The words of a refused sign-in could hold what was typed.
  throw new DestinationError("refused", `The server ${control.server} refused to sign in “${config.user}” (${reply.code}): ${mend}`);
}

async function prepare(control: FtpControl, access: FtpAccess, sessions: TlsSessions): Promise<FtpConnection> {
  const { idleMs } = access.timeouts;
  if (isSecured(access.config)) await protectData(control, idleMs);
  const features = featuresIn(await control.ask("FEAT", idleMs));
  if (features.has("UTF8")) await control.ask("OPTS UTF8 ON", idleMs);
  if (features.has("MLST")) await control.ask("OPTS MLST type;size;", idleMs);
  await accepted(control, "TYPE I", idleMs, "takes no files as they are");
  const base = await findFolder(control, access);
  return { ...access, control, features, base, sessions, needsPasv: false };
}

/** RFC 4217, sections 8 and 9. A server that would send data in the clear is refused. */
async function protectData(control: FtpControl, idleMs: number): Promise<void> {
  await control.ask("PBSZ 0", idleMs);
  await accepted(control, "PROT P", idleMs, "does not encrypt the data connection");
}

async function accepted(control: FtpControl, command: string, idleMs: number, otherwise: string): Promise<void> {
  const reply = await control.ask(command, idleMs);
  if (reply.code >= 200 && reply.code < 300) return;
  const text = `The server ${control.server} ${otherwise} (it answered ${new FtpReplyError(reply).message}); take another server or mend it.`;
  throw new DestinationError("refused", text);
}

function featuresIn({ code, lines }: Reply): Set<string> {
  if (code >= 300) return new Set();
  return new Set(lines.slice(1, -1).map((line) => line.trim().split(/[ =]/)[0]?.toUpperCase() ?? ""));
}

async function findFolder(control: FtpControl, { config, timeouts }: FtpAccess): Promise<string> {
  const wanted = config.folder.replace(/\/+$/, "");
  const base = config.folder.startsWith("/") ? wanted : joined(await home(control, timeouts.idleMs), wanted);
  const reply = await control.ask(`CWD ${base === "" ? "/" : base}`, timeouts.idleMs);
  if (reply.code < 300) return base;
  const said = new FtpReplyError(reply).message;
  throw new DestinationError(
    "refused",
    `The folder “${base || "/"}” cannot be opened (the server says ${said}); create it, or check the name and the user's rights.`,
  );
}

function joined(home: string, folder: string): string {
  return folder === "" ? home : `${home}/${folder}`;
}

async function home(control: FtpControl, idleMs: number): Promise<string> {
  const reply = await control.ask("PWD", idleMs);
  // RFC 959, appendix II: a quotation mark in the name is doubled.
  const name = reply.code === 257 ? /"((?:[^"]|"")*)"/.exec(reply.lines.join("\n"))?.[1]?.replaceAll('""', '"') : undefined;
  if (name?.startsWith("/")) return name.replace(/\/+$/, "");
  throw new DestinationError(
    "not-understood",
    `The server ${control.server} does not say where the user lands; name the folder with a leading slash.`,
  );
}
