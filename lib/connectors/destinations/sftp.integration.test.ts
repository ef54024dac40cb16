import { mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeDestination } from "#lib/connectors/conformance.ts";
import type { Candidate, Description, OpenOptions } from "#lib/connectors/conformance-candidate.ts";
import type { ConnectorContext } from "#lib/connectors/connector.ts";
import { sftp } from "#lib/connectors/destinations/sftp.ts";
import { requireValid } from "#lib/connectors/require-valid.ts";
import { validateDestination } from "#lib/connectors/validate-destination.ts";
import { createAddressGuard } from "#lib/net/address-guard.ts";
import { startPasswordServer } from "#e2e/servers/sftp-with-password.ts";
import { mayMountSmallDisk, mountSmallDisk } from "#e2e/servers/small-disk.ts";
import { startSshd, type Sshd } from "#e2e/servers/sshd.ts";

function contextOf({ signal = new AbortController().signal, timeouts }: OpenOptions = {}): ConnectorContext {
  return { signal, timeouts, localRoots: [], network: createAddressGuard({ allowed: ["127.0.0.0/8"] }) };
}

function configFor(sshd: Sshd, more: Record<string, unknown> = {}) {
  return sftp.config.parse({
    host: sshd.host,
    port: sshd.port,
    user: sshd.user,
    privateKey: sshd.privateKey,
    hostKey: `ssh-ed25519 ${sshd.hostKeyFingerprint}`,
    path: sshd.root,
    ...more,
  });
}

const mayMount = await mayMountSmallDisk();

async function candidateAt(sftpOptions?: string): Promise<Candidate> {
  const sshd = await startSshd(sftpOptions);
  const disk = mayMount ? await mountSmallDisk(4, path.dirname(sshd.root)) : null;
  return {
    open: (options = {}) => sftp.open(configFor(sshd, options.through), contextOf(options)),
    openWithWrongCredentials: () => sftp.open(configFor(sshd, { user: "nobody-here" }), contextOf()),
    openWithMissingContainer: () => sftp.open(configFor(sshd, { path: `${sshd.root}/not-there` }), contextOf()),
    ...(disk && { openSmall: () => sftp.open(configFor(sshd, { path: disk.folder }), contextOf()) }),
    server: { host: sshd.host, port: sshd.port, protocol: "tcp" },
    list: () => filesBelow(sshd.root),
    async stop() {
      await disk?.unmount();
      await sshd.stop();
    },
  };
}

const lacks: Description["lacks"] = {
  http: "SFTP is no HTTP",
  ...(!mayMount && { smallPlace: "this account may not mount a small disk" }),
};

// OpenSSH tells a hundred names in one answer.
describeDestination("sftp, OpenSSH", { lacks, listedObjects: 210 }, () => candidateAt());
describeDestination(
  "sftp, a server without extensions",
  // Neither listing nor streaming asks for an extension; the first candidate has tried them with much.
  { lacks, shownElsewhere: { boundedMemory: "bytes flow as with extensions" }, listedObjects: 10 },
  () => candidateAt("-P hardlink,posix-rename,fsync,statvfs,fstatvfs"),
);

describe("the sftp destination", () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.stop());
  const configOf = (more: Record<string, unknown> = {}) => configFor(sshd, more);
  const at = (name: string) => path.join(sshd.root, name);

  test("shows the host key to pin, tries the folder with it, and passes with it pinned", async () => {
    const config = configOf({ hostKey: "" });
    const first = await validateDestination(sftp, config, contextOf());
    const hostKey = `ssh-ed25519 ${sshd.hostKeyFingerprint}`;
    expect(first).toMatchObject({ ok: true, observed: { hostKey } });
    expect(first.steps.map(({ name }) => name)).toEqual([
      "Identify the server",
      "Connect",
      "Write a probe",
      "Read it back",
      "Compare",
      "Delete it",
    ]);
    expect(() => requireValid(first, config)).toThrow("must be confirmed before saving");
    const second = await validateDestination(sftp, configOf({ hostKey }), contextOf());
    expect(second.ok).toBe(true);
    expect(() => requireValid(second, configOf({ hostKey }))).not.toThrow();
    expect(await filesBelow(sshd.root)).toEqual([]);
  });

  test.each<[string, () => Record<string, unknown>, string, RegExp]>([
    ["another host key", () => ({ hostKey: `SHA256:${"A".repeat(43)}` }), "Identify the server", /changed from SHA256:A+ to ssh-ed25519/],
    ["an unknown user", () => ({ user: "nobody-here" }), "Connect", /refused to sign in “nobody-here”/],
    ["a text that is no key", () => ({ privateKey: "hello" }), "Connect", /This is not a private key/],
    ["a missing folder", () => ({ path: "not/there" }), "Connect", /The folder “not\/there” does not exist on the server; create it/],
    ["a file", () => ({ path: path.join(path.dirname(sshd.root), "client") }), "Connect", /is not a folder/],
    ["an address that is not open", () => ({ host: "10.0.0.1" }), "Identify the server", /HOLDFAST_ALLOWED_NETWORKS/],
    ["a closed port", () => ({ port: 1 }), "Identify the server", /refused the connection/],
  ])("%s is told at its step", async (_what, more, step, sentence) => {
    const result = await validateDestination(sftp, configOf(more()), contextOf());
    expect(result).toMatchObject({ ok: false });
    expect(result.steps.at(-1)).toMatchObject({ name: step, ok: false, detail: expect.stringMatching(sentence) as unknown });
  });

  test("a password goes only to a server that somebody confirmed, and stays out of messages", async () => {
    const server = await startPasswordServer();
    try {
      const { host, port, user, password } = server;
      const account = { host, port, user, authentication: "password", password, hostKey: "" };
      const first = await validateDestination(sftp, configOf(account), contextOf());
      expect(first).toMatchObject({ ok: false, steps: [{ name: "Identify the server", ok: false }] });
      await expect(sftp.open(configOf(account), contextOf())).rejects.toMatchObject({ name: "DestinationError", code: "refused" });
      const otherKey = { ...account, hostKey: `ssh-rsa SHA256:${"A".repeat(43)}` };
      await expect(sftp.open(configOf(otherKey), contextOf())).rejects.toMatchObject({ code: "refused" });
      expect(server.attempts()).toBe(0);
      const confirmed = { ...account, hostKey: first.observed?.["hostKey"] };
      expect(await validateDestination(sftp, configOf(confirmed), contextOf())).toMatchObject({ ok: true });
      const wrong = await validateDestination(sftp, configOf({ ...confirmed, password: "hunter2" }), contextOf());
      expect(wrong.steps.at(-1)).toMatchObject({ name: "Connect", ok: false });
      expect(JSON.stringify([first, wrong])).not.toMatch(/hunter2|a passw0rd/);
    } finally {
      await server.stop();
    }
  });

  test("a server that may only be read is told, and read", async () => {
    const readOnly = await startSshd("-R");
    try {
      writeFileSync(path.join(readOnly.root, "archive"), "x");
      const session = await sftp.open(configFor(readOnly), contextOf());
      const refused = {
        name: "DestinationError",
        code: "refused",
        message: expect.stringMatching(/denies this user the permission/) as unknown,
      };
      await expect(session.put("new", Readable.from(["x"]))).rejects.toMatchObject(refused);
      await expect(session.put("deep/er/new", Readable.from(["x"]))).rejects.toMatchObject(refused);
      await expect(session.remove("archive")).rejects.toMatchObject(refused);
      expect((await (await session.get("archive")).toArray()).join("")).toBe("x");
      await session.close();
    } finally {
      await readOnly.stop();
    }
  });

  test("keeps objects private and unfinished ones out of sight", async () => {
    const session = await sftp.open(configOf(), contextOf());
    const seen: string[] = [];
    await session.put("private/b/archive", Readable.from(["x"]), { onUploadId: (id) => Promise.resolve(void seen.push(id)) });
    expect(seen).toEqual([expect.stringMatching(/^\.upload-/)]);
    expect(statSync(at("private/b/archive")).mode & 0o777).toBe(0o600);
    for (const folder of ["private", "private/b"]) expect(statSync(at(folder)).mode & 0o777).toBe(0o700);
    writeFileSync(at(`private/b/${seen[0]}`), "left behind");
    mkdirSync(at("private/b/archive-folder"));
    symlinkSync("archive", at("private/b/link"));
    expect(await Array.fromAsync(session.list("private"))).toEqual([{ key: "private/b/archive", sizeBytes: 1 }]);
    expect(await session.stat("private/b/archive-folder")).toBeNull();
    await expect(session.get("private/b/link")).rejects.toMatchObject({ code: "missing" });
    await session.abortUpload("private/b/archive", seen[0] ?? "");
    expect((await readdir(at("private/b"))).sort()).toEqual(["archive", "archive-folder", "link"]);
    await expect(session.abortUpload("private/b/archive", "archive")).rejects.toMatchObject({ code: "invalid-key" });
    expect(readFileSync(at("private/b/archive"), "utf8")).toBe("x");
    await session.close();
    rmSync(at("private"), { recursive: true });
  });

  test("a folder that is gone is not an empty one, and is not made anew", async () => {
    mkdirSync(at("going"));
    const session = await sftp.open(configOf({ path: at("going") }), contextOf());
    await session.put("a/archive", Readable.from(["x"]));
    renameSync(at("going"), at("gone"));
    const gone = { name: "DestinationError", code: "failed", message: "The folder on the server is gone; check that its disk is mounted." };
    const attempts = [
      () => session.stat("a/archive"),
      () => session.get("a/archive"),
      () => Array.fromAsync(session.list("a")),
      () => Array.fromAsync(session.folders()),
      () => session.remove("a/archive"),
      () => session.put("a/new", Readable.from(["x"])),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject(gone);
    expect(await readdir(sshd.root)).toEqual(["gone"]);
    await session.close();
    rmSync(at("gone"), { recursive: true });
  });

  test("nothing can lie below a file", async () => {
    const session = await sftp.open(configOf(), contextOf());
    writeFileSync(at("file"), "x");
    await expect(session.put("file/below", Readable.from(["y"]))).rejects.toMatchObject({ name: "DestinationError" });
    expect(readFileSync(at("file"), "utf8")).toBe("x");
    await session.close();
    rmSync(at("file"));
  });

  test("a folder that may not be listed is no empty one", async () => {
    const closed = await startSshd("-P opendir");
    try {
      const session = await sftp.open(configFor(closed), contextOf());
      await session.put("a/archive", Readable.from(["x"]));
      const refused = {
        name: "DestinationError",
        code: "refused",
        message: expect.stringMatching(/^“a” could not be listed: /) as unknown,
      };
      await expect(Array.fromAsync(session.list("a"))).rejects.toMatchObject(refused);
      await session.close();
    } finally {
      await closed.stop();
    }
  });
});

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}
