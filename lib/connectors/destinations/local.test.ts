import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, realpath, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeDestination } from "#lib/connectors/conformance.ts";
import type { ConnectorContext } from "#lib/connectors/connector.ts";
import { local } from "#lib/connectors/destinations/local.ts";
import { unfinishedName } from "#lib/connectors/object-key.ts";
import { createAddressGuard } from "#lib/net/address-guard.ts";
import { mayMountSmallDisk, mountSmallDisk } from "#e2e/servers/small-disk.ts";

const run = promisify(execFile);

function contextOf(localRoots: string[], signal = new AbortController().signal): ConnectorContext {
  return { signal, localRoots, network: createAddressGuard({ allowed: [] }) };
}

const mayMount = await mayMountSmallDisk();

describeDestination(
  "local",
  {
    lacks: {
      credentials: "a folder has no credentials",
      network: "a folder has no server",
      http: "a folder has no server",
      ...(!mayMount && { smallPlace: "this account may not mount a small disk" }),
    },
    // A folder is read at once, however much is in it.
    listedObjects: 50,
  },
  async () => {
    const root = await mkdtemp(path.join(tmpdir(), "holdfast-local-"));
    const context = contextOf([root]);
    const disk = mayMount ? await mountSmallDisk(4) : null;
    return {
      open: ({ signal } = {}) => local.open({ path: "backups" }, contextOf([root], signal)),
      ...(disk && { openSmall: () => local.open({ path: "." }, contextOf([disk.folder])) }),
      openWithMissingContainer: () => local.open({ path: path.join(root, "not-mounted") }, context),
      list: () => filesBelow(root),
      async stop() {
        await disk?.unmount();
        await rm(root, { recursive: true });
      },
    };
  },
);

test("a folder needs neither an address nor somebody to sign in", () => {
  const more = { host: "localhost", port: 21, user: "somebody", password: "secret" };
  expect(local.config.parse({ path: "backups", ...more })).toEqual({ path: "backups" });
});

describe("the local destination", () => {
  let top = "";
  let root = "";
  beforeAll(async () => {
    top = await realpath(await mkdtemp(path.join(tmpdir(), "holdfast-local-")));
    root = path.join(top, "tenant");
    await mkdir(path.join(top, "tenant-two"));
    await mkdir(path.join(root, "inner"), { recursive: true });
    await writeFile(path.join(top, "outside.txt"), "outside");
    await symlink(path.join(top, "tenant-two"), path.join(root, "sideways"));
    await symlink("inner", path.join(root, "within"));
    await symlink(path.join(top, "nowhere"), path.join(root, "dangling"));
    await writeFile(path.join(root, "file"), "x");
  });
  afterAll(() => rm(top, { recursive: true }));

  test.each(["..", "../tenant-two", "inner/../../tenant-two", "/", "/etc", "sideways", "sideways/deeper"])(
    "refuses the folder %s",
    async (folder) => {
      await expect(local.open({ path: folder }, contextOf([root]))).rejects.toThrow(
        "lies outside the folders that this installation opens",
      );
      expect(await readdir(path.join(top, "tenant-two"))).toEqual([]);
    },
  );

  test("makes nothing through a link that leads nowhere", async () => {
    await expect(local.open({ path: "dangling/deeper" }, contextOf([root]))).rejects.toHaveProperty("code");
    expect(await readdir(top)).not.toContain("nowhere");
  });

  test("takes links that stay inside, absolute folders inside, and refuses files", async () => {
    for (const folder of ["within", path.join(root, "inner"), "."]) await (await local.open({ path: folder }, contextOf([root]))).close();
    await expect(local.open({ path: "file" }, contextOf([root]))).rejects.toThrow("“file” is a file; name a folder.");
    await expect(local.open({ path: "x" }, contextOf([]))).rejects.toThrow("HOLDFAST_LOCAL_ROOTS");
  });

  test("does not write, read or remove through a link that appeared inside", async () => {
    const session = await local.open({ path: "." }, contextOf([root]));
    await expect(session.put("sideways/a", Readable.from(["x"]))).rejects.toThrow("leads out of the folder");
    await symlink(path.join(top, "outside.txt"), path.join(root, "inner", "link"));
    await expect(session.get("inner/link")).rejects.toMatchObject({ code: "missing" });
    expect(await session.stat("inner/link")).toBeNull();
    await session.remove("inner/link");
    expect(await filesBelow(top)).toContain("outside.txt");
  });

  test("says that nothing can lie below a file", async () => {
    const session = await local.open({ path: "files" }, contextOf([root]));
    await session.put("a", Readable.from(["x"]));
    for (const attempt of [() => session.put("a/b", Readable.from(["x"])), () => session.get("a/b"), () => session.remove("a/b/c")])
      await expect(attempt()).rejects.toMatchObject({
        code: "refused",
        message: expect.stringMatching(/is a file, not a folder\.$/) as unknown,
      });
  });

  test("keeps objects private and unfinished ones out of sight", async () => {
    const session = await local.open({ path: "private" }, contextOf([root]));
    const seen: string[] = [];
    await session.put("a/b/archive", Readable.from(["x"]), { onUploadId: (id) => Promise.resolve(void seen.push(id)) });
    expect(seen).toEqual([expect.stringMatching(/^\.upload-/)]);
    expect((await stat(path.join(root, "private/a/b/archive"))).mode & 0o777).toBe(0o600);
    expect((await stat(path.join(root, "private/a/b"))).mode & 0o777).toBe(0o700);
    await writeFile(path.join(root, "private/a/b", seen[0] ?? ""), "left behind");
    await session.abortUpload("a/b/archive", seen[0] ?? "");
    expect(await readdir(path.join(root, "private/a/b"))).toEqual(["archive"]);
    await expect(session.abortUpload("a/b/archive", "archive")).rejects.toMatchObject({ code: "invalid-key" });
  });

  test("an unfinished file has the name that was noted for it", async () => {
    const session = await local.open({ path: "noted" }, contextOf([root]));
    const noted = unfinishedName();
    const seen: string[] = [];
    async function* body() {
      seen.push(...(await readdir(path.join(root, "noted/a"))));
      yield Buffer.from("x");
    }
    await session.put("a/archive", Readable.from(body()), {
      onUploadId: (id) => Promise.resolve(void seen.push(id)),
      unfinishedName: noted,
    });
    expect(seen).toEqual([noted, noted]);
  });

  test("leaves nothing when the signal aborts in the middle", async () => {
    const controller = new AbortController();
    const session = await local.open({ path: "aborted" }, contextOf([root], controller.signal));
    async function* endless() {
      for (let count = 0; ; count++) {
        if (count === 20) controller.abort(new Error("cancelled"));
        await new Promise((resolve) => setImmediate(resolve));
        yield Buffer.alloc(1000);
      }
    }
    await expect(session.put("archive", Readable.from(endless()))).rejects.toThrow();
    expect(await readdir(path.join(root, "aborted"))).toEqual([]);
  });

  test("a folder that is gone is not an empty one", async () => {
    const session = await local.open({ path: "going" }, contextOf([root]));
    await rm(path.join(root, "going"), { recursive: true });
    await expect(session.stat("archive")).rejects.toThrow("The folder is gone");
    await expect(session.get("archive")).rejects.toMatchObject({ code: "failed" });
    await expect(Array.fromAsync(session.list("any"))).rejects.toMatchObject({ code: "failed" });
    await expect(Array.fromAsync(session.folders())).rejects.toMatchObject({ code: "failed" });
    await expect(session.remove("archive")).rejects.toMatchObject({ code: "failed" });
    await expect(session.put("archive", Readable.from(["x"]))).rejects.toMatchObject({ code: "failed" });
    expect(await readdir(root)).not.toContain("going");
  });
});

if (mayMount) {
  test("a disk that turned read-only is told, and goes on being read", async () => {
    const disk = await mountSmallDisk(1);
    try {
      const session = await local.open({ path: "." }, contextOf([disk.folder]));
      await session.put("a/archive", Readable.from(["x"]));
      await disk.setReadOnly(true);
      const refused = { name: "DestinationError", code: "refused", message: "The disk that holds this folder is mounted read-only." };
      await expect(session.put("a/new", Readable.from(["x"]))).rejects.toMatchObject(refused);
      await expect(session.put("b/new", Readable.from(["x"]))).rejects.toMatchObject(refused);
      await expect(session.remove("a/archive")).rejects.toMatchObject(refused);
      await expect(local.open({ path: "deeper" }, contextOf([disk.folder]))).rejects.toMatchObject({ code: "refused" });
      expect((await (await session.get("a/archive")).toArray()).join("")).toBe("x");
      expect(await Array.fromAsync(session.list("a"))).toEqual([{ key: "a/archive", sizeBytes: 1 }]);
    } finally {
      await disk.unmount();
    }
  });
}

if (await mayProtect()) {
  test("a folder that may not be written is told", async () => {
    const root = await mkdtemp(path.join(tmpdir(), "holdfast-local-"));
    const session = await local.open({ path: "." }, contextOf([root]));
    await protect(root);
    try {
      await expect(session.put("archive", Readable.from(["x"]))).rejects.toMatchObject({
        code: "refused",
        message: "The account that runs Holdfast may not use “archive”; change the folder's owner or mode.",
      });
    } finally {
      await unprotect(root);
      await rm(root, { recursive: true });
    }
  });
}

/** Whether a folder can be kept from this account, found out by doing so: some file systems cannot keep root out. */
async function mayProtect(): Promise<boolean> {
  const folder = await mkdtemp(path.join(tmpdir(), "holdfast-local-"));
  try {
    await protect(folder);
    await unprotect(folder);
    return true;
  } catch {
    return false;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Modes do not bind root; this attribute does, where the file system has it. */
async function protect(folder: string): Promise<void> {
  await (process.getuid?.() === 0 ? run("chattr", ["+i", folder]) : chmod(folder, 0o500));
}

async function unprotect(folder: string): Promise<void> {
  await (process.getuid?.() === 0 ? run("chattr", ["-i", folder]) : chmod(folder, 0o700));
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}
