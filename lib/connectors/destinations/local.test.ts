import { mkdir, mkdtemp, readdir, realpath, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeDestination } from "#lib/connectors/conformance.ts";
import type { ConnectorContext } from "#lib/connectors/connector.ts";
import { local } from "#lib/connectors/destinations/local.ts";
import { createAddressGuard } from "#lib/net/address-guard.ts";

function contextOf(localRoots: string[], signal = new AbortController().signal): ConnectorContext {
  return { signal, localRoots, network: createAddressGuard({ allowed: [] }) };
}

describeDestination("local", async () => {
  const root = await mkdtemp(path.join(tmpdir(), "holdfast-local-"));
  const context = contextOf([root]);
  return {
    open: ({ signal } = {}) => local.open({ path: "backups" }, contextOf([root], signal)),
    openWithWrongCredentials: { notHere: "a folder has no credentials" },
    openSmall: { notHere: "not yet" },
    server: { notHere: "a folder has no server" },
    openWithMissingContainer: () => local.open({ path: path.join(root, "not-mounted") }, context),
    list: () => filesBelow(root),
    stop: () => rm(root, { recursive: true }),
  };
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
  });
});

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}
