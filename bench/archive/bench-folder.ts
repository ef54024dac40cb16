import { join } from "node:path";

/** What lies where in the temporary folder of a run. */
export function pathsIn(folder: string) {
  return {
    folder,
    source: join(folder, "source"),
    small: join(folder, "small"),
    /** The destination that Holdfast stores to. */
    store: join(folder, "store"),
    work: join(folder, "work"),
    unpacked: join(folder, "unpacked"),
    identity: join(folder, "identity.txt"),
    recipient: join(folder, "recipient.txt"),
    protectedKey: join(folder, "key.age"),
    /** What the catalogue would know of the archive. */
    recorded: join(folder, "recorded.json"),
    piped: join(folder, "piped.tar.zst.age"),
    repository: join(folder, "restic"),
    /** Node's cache of compiled sources. */
    compiled: join(folder, "compiled"),
    resticCache: join(folder, "restic-cache"),
  };
}

export type BenchPaths = ReturnType<typeof pathsIn>;

/** Opens the protected key of a run. */
export const PASSPHRASE = "correct horse battery staple of the benchmark";
