import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

export interface SmallDisk {
  /** Where it is mounted. */
  folder: string;
  /** Makes it a disk that can be read only, or one that can be written again. */
  setReadOnly(readOnly: boolean): Promise<void>;
  unmount(): Promise<void>;
}

const run = promisify(execFile);

/** A file system in memory with room for `mebibytes` MiB, mounted on a new folder inside `parent`; null where this account may not mount (root may). */
export async function mountSmallDisk(mebibytes: number, parent = tmpdir()): Promise<SmallDisk | null> {
  if (process.getuid?.() !== 0) return null;
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(path.join(parent, "small-disk-"));
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m,mode=0700`, "tmpfs", folder]);
  } catch {
    // A container may keep even root from mounting.
    await rm(folder, { recursive: true });
    return null;
  }
  return {
    folder,
    async setReadOnly(readOnly) {
      await run("mount", ["-o", `remount,${readOnly ? "ro" : "rw"}`, folder]);
    },
    async unmount() {
      // Lazily: a server of the tests may still be on its way out of it.
      await run("umount", ["--lazy", folder]);
      await rm(folder, { recursive: true });
    },
  };
}
