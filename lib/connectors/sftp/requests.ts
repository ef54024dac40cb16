import type { Socket } from "node:net";
import type ssh2 from "ssh2";
import { SFTP_STATUS, SftpError } from "#lib/connectors/sftp/sftp-error.ts";
import { SshError } from "#lib/connectors/sftp/ssh-error.ts";

const IDLE_TIMEOUT_MS = 60_000;
/** How long a connection may take to end in an orderly way. */
const END_WITHIN_MS = 5000;

export type Done<T> = (error?: Error | null, value?: T) => void;

/** An open connection. `socket` is what `client` speaks over, `server` its name for people. */
export interface SftpConnection {
  client: ssh2.Client;
  sftp: ssh2.SFTPWrapper;
  socket: Socket;
  server: string;
  /** Of silence while an answer is waited for; a minute when absent. */
  idleMs?: number | undefined;
}

/** Sees to it that every request of a connection ends. See SftpClient. */
export class SftpRequests {
  readonly #connection: SftpConnection;
  readonly #waiting = new Set<(error: Error) => void>();
  #silence: NodeJS.Timeout | null = null;
  #failure: Error | null = null;

  constructor(connection: SftpConnection) {
    this.#connection = connection;
    const { client, sftp } = connection;
    client.on("error", (error) => this.#lose(error.message));
    client.on("close", () => this.#lose("closed"));
    sftp.on("error", (error: Error) => this.#lose(error.message));
    sftp.on("close", () => this.#lose("the server ended SFTP"));
  }

  end(): void {
    const { client, socket } = this.#connection;
    client.end();
    // A server that is gone does not end its side.
    setTimeout(() => socket.destroy(), END_WITHIN_MS).unref();
  }

  send<T>(path: string, start: (done: Done<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      const settle = () => {
        this.#waiting.delete(onFailure);
        this.#listen();
      };
      const onFailure = (error: Error) => {
        settle();
        reject(error);
      };
      this.#waiting.add(onFailure);
      if (this.#waiting.size === 1) this.#listen();
      try {
        start((error, value) => {
          // Not the server's answer but the library's: the connection is lost, mostly told by an event of its own a moment later, with the reason.
          if (error && !("code" in error)) return void setImmediate(() => this.#lose(error.message));
          settle();
          if (error) reject(new SftpError(path, Number(error.code), error.message));
          else resolve(value as T);
        });
      } catch (error) {
        onFailure(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  /** `otherwise` does it where the server did not announce the extension, of which the library tells by throwing at once. */
  async sendExtended(path: string, start: (done: Done<void>) => void, otherwise: () => Promise<void>): Promise<void> {
    try {
      await this.send(path, start);
    } catch (error) {
      const unsupported = error instanceof SftpError ? error.status === SFTP_STATUS.unsupported : /does not support/.test(String(error));
      if (!unsupported) throw error;
      await otherwise();
    }
  }

  /** Begins to measure the server's silence anew, as long as an answer is waited for. */
  #listen(): void {
    if (this.#waiting.size === 0 || this.#failure) {
      if (this.#silence) clearTimeout(this.#silence);
      this.#silence = null;
      return;
    }
    this.#silence ??= setTimeout(
      () => this.#fail(new SshError("unreachable", `${this.#connection.server} stopped answering; check the network and try again.`)),
      this.#connection.idleMs ?? IDLE_TIMEOUT_MS,
    );
    this.#silence.refresh();
  }

  #lose(reason: string): void {
    this.#fail(new SshError("unreachable", `The connection to ${this.#connection.server} was lost (${reason}); try again.`));
  }

  #fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    for (const reject of [...this.#waiting]) reject(error);
    this.#listen();
    this.#connection.socket.destroy();
  }
}
