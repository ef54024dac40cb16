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

/** Whether this account may mount a small disk, found out by mounting one. */
export async function mayMountSmallDisk(): Promise<boolean> {
  const disk = await mountSmallDisk(1).catch(() => null);
  await disk?.unmount();
  return disk !== null;
}

/** A file system in memory with room for `mebibytes` MiB, mounted on a new folder inside `parent`. Needs root, which a container may still keep from mounting. */
export async function mountSmallDisk(mebibytes: number, parent = tmpdir()): Promise<SmallDisk> {
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(path.join(parent, "small-disk-"));
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m,mode=0700`, "tmpfs", folder]);
  } catch (error) {
    await rm(folder, { recursive: true });
    throw error;
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
