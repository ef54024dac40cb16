import type ssh2 from "ssh2";
import { SshError } from "#lib/connectors/sftp/ssh-error.ts";

/** Status codes of SFTP version 3 (draft-ietf-secsh-filexfer-02, section 7). */
export const SFTP_STATUS = { missing: 2, denied: 3, failure: 4, unsupported: 8 } as const;

const REQUEST_TIMEOUT_MS = 60_000;

/** The server answered a request about `path` with an error. */
export class SftpError extends Error {
  readonly status: number;
  readonly path: string;

  constructor(path: string, status: number, message: string) {
    super(message);
    this.name = "SftpError";
    this.status = status;
    this.path = path;
  }
}

export interface DirectoryEntry {
  name: string;
  attributes: ssh2.Stats;
}

type Done<T> = (error?: Error | null, value?: T) => void;

/**
 * SFTP in promises. Every request ends: by its answer (SftpError when that is a refusal), or with SshError when the connection
 * is lost or a request stays without an answer for a minute.
 */
export class SftpClient {
  readonly #client: ssh2.Client;
  readonly #sftp: ssh2.SFTPWrapper;
  readonly #waiting = new Set<(error: Error) => void>();
  #failure: Error | null = null;

  constructor(client: ssh2.Client, sftp: ssh2.SFTPWrapper, server: string) {
    this.#client = client;
    this.#sftp = sftp;
    const lost = (reason: string) =>
      this.#fail(new SshError("unreachable", `The connection to ${server} was lost (${reason}); try again.`));
    client.on("error", (error) => lost(error.message));
    client.on("close", () => lost("closed"));
    sftp.on("error", (error: Error) => lost(error.message));
    sftp.on("close", () => lost("the server ended SFTP"));
  }

  realpath(path: string): Promise<string> {
    return this.#request(path, (done: Done<string>) => this.#sftp.realpath(path, done));
  }

  /** Does not follow a link. */
  lstat(path: string): Promise<ssh2.Stats> {
    return this.#request(path, (done: Done<ssh2.Stats>) => this.#sftp.lstat(path, done));
  }

  /** As lstat, but null when nothing is there. */
  async lstatOrNull(path: string): Promise<ssh2.Stats | null> {
    try {
      return await this.lstat(path);
    } catch (error) {
      if (error instanceof SftpError && error.status === SFTP_STATUS.missing) return null;
      throw error;
    }
  }

  /** Without "." and "..", sorted by name. */
  async readdir(path: string): Promise<DirectoryEntry[]> {
    const found = await this.#request(path, (done: Done<ssh2.FileEntryWithStats[]>) => this.#sftp.readdir(path, done));
    return found
      .map(({ filename, attrs }) => ({ name: filename, attributes: attrs }))
      .filter(({ name }) => name !== "." && name !== "..")
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  readlink(path: string): Promise<string> {
    return this.#request(path, (done: Done<string>) => this.#sftp.readlink(path, done));
  }

  /** `flags` as in fopen: "r", or "wx" for a new file. */
  open(path: string, flags: "r" | "wx", mode = 0o600): Promise<Buffer> {
    return this.#request(path, (done: Done<Buffer>) => this.#sftp.open(path, flags, mode, done));
  }

  fstat(handle: Buffer, path: string): Promise<ssh2.Stats> {
    return this.#request(path, (done: Done<ssh2.Stats>) => this.#sftp.fstat(handle, done));
  }

  close(handle: Buffer, path: string): Promise<void> {
    return this.#request(path, (done: Done<void>) => this.#sftp.close(handle, done));
  }

  /** Number of bytes read into `buffer`; 0 at the end of the file. */
  read(handle: Buffer, buffer: Buffer, offset: number, length: number, position: number, path: string): Promise<number> {
    return this.#request(path, (done: Done<number>) =>
      this.#sftp.read(handle, buffer, offset, length, position, (error, bytesRead) => done(error, bytesRead)),
    );
  }

  write(handle: Buffer, bytes: Buffer, position: number, path: string): Promise<void> {
    return this.#request(path, (done: Done<void>) => this.#sftp.write(handle, bytes, 0, bytes.length, position, done));
  }

  /** Makes a file durable where the server can (fsync@openssh.com); others give no way to. */
  fsync(handle: Buffer, path: string): Promise<void> {
    return this.#extended(
      path,
      (done) => this.#sftp.ext_openssh_fsync(handle, done),
      () => Promise.resolve(),
    );
  }

  setMode(path: string, mode: number): Promise<void> {
    return this.#request(path, (done: Done<void>) => this.#sftp.chmod(path, mode, done));
  }

  setTimes(path: string, modifiedAt: Date): Promise<void> {
    const seconds = Math.floor(modifiedAt.getTime() / 1000);
    return this.#request(path, (done: Done<void>) => this.#sftp.utimes(path, seconds, seconds, done));
  }

  mkdir(path: string, mode: number): Promise<void> {
    return this.#request(path, (done: Done<void>) => this.#sftp.mkdir(path, { mode }, done));
  }

  unlink(path: string): Promise<void> {
    return this.#request(path, (done: Done<void>) => this.#sftp.unlink(path, done));
  }

  symlink(target: string, path: string): Promise<void> {
    return this.#request(path, (done: Done<void>) => this.#sftp.symlink(target, path, done));
  }

  /** Renames over what is there: in one step where the server can (posix-rename@openssh.com), else after removing it. */
  replace(from: string, to: string): Promise<void> {
    return this.#extended(
      to,
      (done) => this.#sftp.ext_openssh_rename(from, to, done),
      async () => {
        if (await this.lstatOrNull(to)) await this.unlink(to);
        await this.#request(to, (done: Done<void>) => this.#sftp.rename(from, to, done));
      },
    );
  }

  end(): void {
    this.#client.end();
  }

  /** The library throws at once when the server did not announce the extension. */
  async #extended(path: string, start: (done: Done<void>) => void, otherwise: () => Promise<void>): Promise<void> {
    try {
      await this.#request(path, start);
    } catch (error) {
      const unsupported = error instanceof SftpError ? error.status === SFTP_STATUS.unsupported : /does not support/.test(String(error));
      if (!unsupported) throw error;
      await otherwise();
    }
  }

  #request<T>(path: string, start: (done: Done<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      const settle = () => {
        clearTimeout(timer);
        this.#waiting.delete(onFailure);
      };
      const onFailure = (error: Error) => {
        settle();
        reject(error);
      };
      const timer = setTimeout(
        () => this.#fail(new SshError("unreachable", "The server stopped answering; try again.")),
        REQUEST_TIMEOUT_MS,
      );
      this.#waiting.add(onFailure);
      try {
        start((error, value) => {
          // A lost connection is told by its own event a moment later, with the reason.
          if (error && !("code" in error)) return void setImmediate(onFailure, error);
          settle();
          if (error) reject(new SftpError(path, Number(error.code), error.message));
          else resolve(value as T);
        });
      } catch (error) {
        onFailure(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  #fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    for (const reject of [...this.#waiting]) reject(error);
    this.#client.destroy();
  }
}
