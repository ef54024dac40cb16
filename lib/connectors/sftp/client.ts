import type ssh2 from "ssh2";
import { type Done, SftpRequests, type SftpConnection } from "#lib/connectors/sftp/requests.ts";
import { SFTP_STATUS, SftpError } from "#lib/connectors/sftp/sftp-error.ts";

export interface DirectoryEntry {
  name: string;
  attributes: ssh2.Stats;
}

/** Room on the server's disk. */
export interface FreeSpace {
  freeBytes: number;
  /** How many more files it takes; null where it does not count them. */
  freeFiles: number | null;
}

/**
 * SFTP in promises. Every request ends: by its answer (SftpError when that is a refusal), or with SshError when the connection
 * is lost or the server answers none of the requests for a minute. A slow line, on which many wait, is no silence.
 */
export class SftpClient {
  readonly #sftp: ssh2.SFTPWrapper;
  readonly #requests: SftpRequests;

  constructor(connection: SftpConnection) {
    this.#sftp = connection.sftp;
    this.#requests = new SftpRequests(connection);
  }

  realpath(path: string): Promise<string> {
    return this.#requests.send(path, (done: Done<string>) => this.#sftp.realpath(path, done));
  }

  /** Does not follow a link. */
  lstat(path: string): Promise<ssh2.Stats> {
    return this.#requests.send(path, (done: Done<ssh2.Stats>) => this.#sftp.lstat(path, done));
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
    const found = await this.#requests.send(path, (done: Done<ssh2.FileEntryWithStats[]>) => this.#sftp.readdir(path, done));
    return found
      .map(({ filename, attrs }) => ({ name: filename, attributes: attrs }))
      .filter(({ name }) => name !== "." && name !== "..")
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  readlink(path: string): Promise<string> {
    return this.#requests.send(path, (done: Done<string>) => this.#sftp.readlink(path, done));
  }

  /** `flags` as in fopen: "r", or "wx" for a new file. */
  open(path: string, flags: "r" | "wx", mode = 0o600): Promise<Buffer> {
    return this.#requests.send(path, (done: Done<Buffer>) => this.#sftp.open(path, flags, mode, done));
  }

  fstat(handle: Buffer, path: string): Promise<ssh2.Stats> {
    return this.#requests.send(path, (done: Done<ssh2.Stats>) => this.#sftp.fstat(handle, done));
  }

  close(handle: Buffer, path: string): Promise<void> {
    return this.#requests.send(path, (done: Done<void>) => this.#sftp.close(handle, done));
  }

  /** Number of bytes read into `buffer`; 0 at the end of the file. */
  read(handle: Buffer, buffer: Buffer, offset: number, length: number, position: number, path: string): Promise<number> {
    return this.#requests.send(path, (done: Done<number>) =>
      this.#sftp.read(handle, buffer, offset, length, position, (error, bytesRead) => done(error, bytesRead)),
    );
  }

  write(handle: Buffer, bytes: Buffer, position: number, path: string): Promise<void> {
    return this.#requests.send(path, (done: Done<void>) => this.#sftp.write(handle, bytes, 0, bytes.length, position, done));
  }

  /** Makes a file durable where the server can (fsync@openssh.com); others give no way to. */
  fsync(handle: Buffer, path: string): Promise<void> {
    return this.#requests.sendExtended(
      path,
      (done) => this.#sftp.ext_openssh_fsync(handle, done),
      () => Promise.resolve(),
    );
  }

  setMode(path: string, mode: number): Promise<void> {
    return this.#requests.send(path, (done: Done<void>) => this.#sftp.chmod(path, mode, done));
  }

  setTimes(path: string, modifiedAt: Date): Promise<void> {
    const seconds = Math.floor(modifiedAt.getTime() / 1000);
    return this.#requests.send(path, (done: Done<void>) => this.#sftp.utimes(path, seconds, seconds, done));
  }

  mkdir(path: string, mode: number): Promise<void> {
    return this.#requests.send(path, (done: Done<void>) => this.#sftp.mkdir(path, { mode }, done));
  }

  unlink(path: string): Promise<void> {
    return this.#requests.send(path, (done: Done<void>) => this.#sftp.unlink(path, done));
  }

  symlink(target: string, path: string): Promise<void> {
    return this.#requests.send(path, (done: Done<void>) => this.#sftp.symlink(target, path, done));
  }

  /** Renames over what is there: in one step where the server can (posix-rename@openssh.com), else after removing it. */
  replace(from: string, to: string): Promise<void> {
    return this.#requests.sendExtended(
      to,
      (done) => this.#sftp.ext_openssh_rename(from, to, done),
      async () => {
        if (await this.lstatOrNull(to)) await this.unlink(to);
        await this.rename(from, to);
      },
    );
  }

  /** Gives a file a second name, and never replaces what has it. False when the server cannot (hardlink@openssh.com). */
  async link(from: string, to: string): Promise<boolean> {
    let linked = true;
    await this.#requests.sendExtended(
      to,
      (done) => this.#sftp.ext_openssh_hardlink(from, to, done),
      () => Promise.resolve(void (linked = false)),
    );
    return linked;
  }

  /** Version 3's own: "it is an error if there already exists a file with the name" (section 6.5), though not every server keeps to it. */
  rename(from: string, to: string): Promise<void> {
    return this.#requests.send(to, (done: Done<void>) => this.#sftp.rename(from, to, done));
  }

  /** For this user; null where the server does not tell (statvfs@openssh.com). */
  async freeSpace(path: string): Promise<FreeSpace | null> {
    let found: FreeSpace | null = null;
    await this.#requests.sendExtended(
      path,
      (done) =>
        this.#sftp.ext_openssh_statvfs(path, (error, answer: Record<"f_frsize" | "f_bavail" | "f_files" | "f_favail", number>) => {
          if (!error) found = { freeBytes: answer.f_frsize * answer.f_bavail, freeFiles: answer.f_files === 0 ? null : answer.f_favail };
          done(error);
        }),
      () => Promise.resolve(),
    );
    return found;
  }

  end(): void {
    this.#requests.end();
  }
}
