import { connectFtp } from "#lib/connectors/ftp/connect.ts";
import type { FtpAccess, FtpConnection } from "#lib/connectors/ftp/connection.ts";

/** How many connections stay open without work. */
const MAX_RESTING = 1;
/** After a longer rest a connection may have been closed at the other end, or forgotten by a firewall: it is asked before it is used. */
const REST_MS = 2_000;
/** How patient cleaning up is at each step. */
const CLEANING_MS = 5_000;

/** A connection that is lent out. Whoever borrowed it gives it back, once. */
export interface Loan {
  connection: FtpConnection;
  giveBack: () => void;
}

/**
 * The connections of a session. FTP does one thing at a time on each: what streams has one to itself, all that is short goes one after another over
 * another. So nothing ever waits for a stream that waits for it.
 */
export class FtpConnections {
  readonly #access: FtpAccess;
  readonly #signal: AbortSignal;
  readonly #resting: { connection: FtpConnection; since: number }[] = [];
  readonly #lent = new Set<FtpConnection>();
  #queue: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  readonly #onAbort = () => this.#giveUp(reasonOf(this.#signal));

  constructor(access: FtpAccess, signal: AbortSignal) {
    this.#access = access;
    this.#signal = signal;
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Runs something short, after all other short ones. */
  short<T>(work: (connection: FtpConnection) => Promise<T>): Promise<T> {
    const run = async () => {
      const { connection, giveBack } = await this.borrow();
      try {
        return await work(connection);
      } finally {
        giveBack();
      }
    };
    const result = this.#queue.then(run, run);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  /** A connection for as long as it takes. */
  async borrow(): Promise<Loan> {
    this.#signal.throwIfAborted();
    const connection = (await this.#rested()) ?? (await connectFtp(this.#access, this.#signal));
    this.#lent.add(connection);
    if (this.#isClosed || this.#signal.aborted) this.#giveUp(reasonOf(this.#signal));
    return { connection, giveBack: () => this.#takeBack(connection) };
  }

  /** Cleans up after a connection that broke or a signal that aborted, over one of its own, and in less patience. */
  async afterwards<T>(work: (connection: FtpConnection) => Promise<T>): Promise<T> {
    const { connectMs, idleMs } = this.#access.timeouts;
    const stepMs = Math.min(CLEANING_MS, connectMs, idleMs);
    const connection = await connectFtp({ ...this.#access, timeouts: { connectMs: stepMs, idleMs: stepMs } });
    try {
      return await work(connection);
    } finally {
      await connection.control.quit();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#signal.removeEventListener("abort", this.#onAbort);
    for (const { control } of this.#lent) control.destroy(new Error("The session was closed."));
    await Promise.all(this.#resting.splice(0).map(({ connection }) => connection.control.quit()));
  }

  #takeBack(connection: FtpConnection): void {
    this.#lent.delete(connection);
    const isWanted = connection.control.isUsable && !this.#isClosed && !this.#signal.aborted;
    if (isWanted && this.#resting.length < MAX_RESTING) this.#resting.push({ connection, since: performance.now() });
    else void connection.control.quit();
  }

  /** One that is open already and still lives. */
  async #rested(): Promise<FtpConnection | null> {
    for (let resting = this.#resting.pop(); resting; resting = this.#resting.pop()) {
      const { connection, since } = resting;
      if (!connection.control.isUsable) continue;
      if (performance.now() - since < REST_MS) return connection;
      const answer = await connection.control.ask("NOOP", Math.min(CLEANING_MS, connection.timeouts.idleMs)).catch(() => null);
      if (answer) return connection;
    }
    return null;
  }

  #giveUp(reason: Error): void {
    for (const { control } of this.#lent) control.destroy(reason);
    for (const { connection } of this.#resting.splice(0)) connection.control.destroy(reason);
  }
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error("The session was closed.");
}
