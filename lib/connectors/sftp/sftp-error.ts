/** Status codes of SFTP version 3 (draft-ietf-secsh-filexfer-02, section 7). */
export const SFTP_STATUS = { missing: 2, denied: 3, failure: 4, unsupported: 8 } as const;

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
