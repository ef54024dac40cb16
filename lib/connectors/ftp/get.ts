import { Readable } from "node:stream";
import type { FtpConnection } from "#lib/connectors/ftp/connection.ts";
import { explainFtpError } from "#lib/connectors/ftp/explain.ts";
import { beginTransfer, brokenOff, rejectWithReason, settle, type Transfer, watchData } from "#lib/connectors/ftp/transfer.ts";

export interface Part {
  path: string;
  /** For sentences. */
  key: string;
  offsetBytes: number;
  lengthBytes: number;
  /** Whether the file ends with it. */
  isTail: boolean;
}

/**
 * Streams `lengthBytes` bytes of a file. Ends with an error when there are fewer. `done` is called once, when the connection is free again, or lost.
 */
export async function getPart(connection: FtpConnection, part: Part, signal: AbortSignal, done: () => void): Promise<Readable> {
  const transfer = await beginTransfer(connection, `RETR ${part.path}`, part.offsetBytes, signal);
  return bodyOf(connection, transfer, part, done);
}

function bodyOf(connection: FtpConnection, { socket, final }: Transfer, part: Part, done: () => void): Readable {
  let left = part.lengthBytes;
  let settling: Promise<void> | null = null;
  const settleOnce = () => (settling ??= settle(connection, final).then(done));
  const body = new Readable({
    read: () => void socket.resume(),
    destroy(error, callback) {
      socket.destroy();
      void settleOnce();
      callback(error);
    },
  });
  const fail = (error: unknown) => {
    if (left === 0 || settling) return;
    settling = rejectWithReason(connection, final, error)
      .catch((reason: unknown) => void body.destroy(explained(reason, connection, part.key)))
      .finally(done);
  };
  socket.on("data", (chunk: Buffer) => {
    const wanted = chunk.subarray(0, left);
    left -= wanted.length;
    if (wanted.length > 0 && !body.push(wanted)) socket.pause();
    if (left > 0) return;
    // The reader sees the end when the connection is free again, and needs no other for what it does next.
    if (!part.isTail) socket.destroy();
    else socket.resume();
    void settleOnce().then(() => body.push(null));
  });
  socket.once("error", fail);
  socket.once("close", () => fail(undefined));
  watchData(socket, connection, () => socket.isPaused());
  socket.pause();
  return body;
}

function explained(reason: unknown, connection: FtpConnection, key: string): Error {
  const error = explainFtpError(reason, "read", key);
  return error instanceof Error ? error : brokenOff(connection, error);
}
