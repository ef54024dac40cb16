import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { DestinationError } from "#lib/connectors/errors.ts";
import { dialData, type FtpConnection, secureData } from "#lib/connectors/ftp/connection.ts";
import { FtpReplyError, type Reply } from "#lib/connectors/ftp/reply.ts";

export interface Transfer {
  socket: Socket;
  /** The server's last word; it also ends when the connection is lost. */
  final: Promise<Reply>;
}

/** Opens a data connection and begins `command` on it. Throws FtpReplyError when the server refuses: then nothing was begun. */
export async function beginTransfer(connection: FtpConnection, command: string, offsetBytes = 0, signal?: AbortSignal): Promise<Transfer> {
  const { control, timeouts } = connection;
  const plain = await dialData(connection, signal);
  plain.on("error", () => undefined);
  try {
    if (offsetBytes > 0) await control.request(`REST ${offsetBytes}`, timeouts.idleMs);
    control.send(command);
    // Some servers speak TLS only after they have said 150, some before.
    const secured = secureData(connection, plain);
    secured.catch(() => undefined);
    const first = await control.reply(timeouts.idleMs);
    if (first.code >= 400) throw new FtpReplyError(first);
    const final = first.code >= 200 ? Promise.resolve(first) : control.finalReply();
    final.catch(() => undefined);
    const socket = await secured.catch((error: unknown) => rejectWithReason(connection, final, error));
    return { socket: socket.on("error", () => undefined), final };
  } catch (error) {
    plain.destroy();
    throw error;
  }
}

/** Sends a whole stream as `path`; resolves, once the server says that it is stored, to the number of bytes that were sent. */
export async function upload(connection: FtpConnection, path: string, body: Readable, signal: AbortSignal): Promise<number> {
  throwIfBroken(body);
  const { socket, final } = await beginTransfer(connection, `STOR ${path}`, 0, signal);
  // Nothing comes this way, but only who reads sees the other end close. Node would then end our side as if all were sent, and the pipeline wait for ever.
  socket.resume().once("end", () => !socket.writableEnded && socket.destroy(brokenOff(connection)));
  watchData(socket, connection, () => socket.writableLength === 0 && !socket.writableEnded);
  let sizeBytes = 0;
  async function* counted(source: AsyncIterable<Buffer | string>) {
    for await (const data of source) {
      const chunk = typeof data === "string" ? Buffer.from(data) : data;
      sizeBytes += chunk.length;
      yield chunk;
    }
  }
  // A pipeline hands an error on to both of its ends: where it came from is seen only by who failed first.
  const failures: ("body" | "socket")[] = [];
  body.once("error", () => failures.push("body"));
  if (isBroken(body)) failures.push("body");
  socket.once("error", () => failures.push("socket"));
  let isSent = false;
  // A server whose disk is full says so while we still send.
  const refusedEarly = (reply: Reply) => !isSent && socket.destroy(new FtpReplyError(reply));
  final.then(refusedEarly, (error: unknown) => socket.destroy(error instanceof Error ? error : brokenOff(connection, error)));
  try {
    // A body that hangs, and cannot even be destroyed, must not hold back what the server said.
    await Promise.race([pipeline(body, counted, socket), failureOf(socket)]);
    isSent = true;
  } catch (error) {
    socket.destroy();
    if (failures[0] === "body") {
      await settle(connection, final);
      throwIfBroken(body);
      throw error;
    }
    return await rejectWithReason(connection, final, error);
  }
  const reply = await connection.control.within(final, connection.timeouts.idleMs);
  if (reply.code >= 300) throw new FtpReplyError(reply);
  return sizeBytes;
}

async function failureOf(socket: Socket): Promise<never> {
  return new Promise((_resolve, reject) => socket.once("error", reject));
}

function isBroken(body: Readable): boolean {
  return body.errored !== null;
}

function throwIfBroken(body: Readable): void {
  if (body.errored) throw body.errored;
}

/** The whole answer of a listing. */
export async function collect(connection: FtpConnection, command: string, maxBytes: number): Promise<string> {
  const { socket, final } = await beginTransfer(connection, command);
  watchData(socket, connection, () => false);
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) throw new DestinationError("failed", "The folder holds more names than can be read; move some elsewhere.");
    }
  } catch (error) {
    socket.destroy();
    return await rejectWithReason(connection, final, error);
  }
  const reply = await connection.control.within(final, connection.timeouts.idleMs);
  // vsftpd says 226 too when it could not open the folder, and only its words tell.
  if (reply.code >= 300 || /fail/i.test(reply.lines.join(" "))) throw new FtpReplyError(reply);
  return Buffer.concat(chunks).toString("utf8");
}

const SETTLE_MS = 5_000;

/** Waits a moment for the last word about a transfer that was broken off, so that the connection can be used again; without it, gives it up. */
export async function settle(connection: FtpConnection, final: Promise<Reply>): Promise<Reply | null> {
  try {
    return await connection.control.within(final, Math.min(SETTLE_MS, connection.timeouts.idleMs));
  } catch {
    // Whatever became of the connection: it is not used again, and the reason for breaking off is what matters.
    return null;
  }
}

/** Throws the server's own reason for a broken data connection, where it gives one in time; else the error itself. */
export async function rejectWithReason(connection: FtpConnection, final: Promise<Reply>, error: unknown): Promise<never> {
  const reply = await settle(connection, final);
  if (reply && reply.code >= 400) throw new FtpReplyError(reply);
  if (error instanceof DestinationError || error instanceof FtpReplyError) throw error;
  throw brokenOff(connection, error);
}

export function brokenOff({ control }: FtpConnection, cause?: unknown): DestinationError {
  const text = `The data connection to ${control.server} broke off; check the network and the server, and try again.`;
  return new DestinationError("unreachable", text, { cause });
}

/** Ends a data connection on which nothing moves, unless it is us who let the server wait. */
export function watchData(socket: Socket, { control, timeouts }: FtpConnection, weAreSlow: () => boolean): void {
  socket.setTimeout(timeouts.idleMs);
  socket.on("timeout", () => {
    if (weAreSlow()) return void socket.setTimeout(timeouts.idleMs);
    const text = `The data connection to ${control.server} stood still for ${timeouts.idleMs / 1000} seconds; check the network and try again.`;
    socket.destroy(new DestinationError("unreachable", text));
  });
}
