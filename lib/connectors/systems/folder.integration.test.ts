import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { appendFile } from "node:fs/promises";
import net, { type AddressInfo } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { archiveOf, collect, type StoredEntry } from "#lib/connectors/archive-in-memory.ts";
import type { ConfigurationStore } from "#lib/connectors/configuration-store.ts";
import type { CaptureEntry, SystemContext } from "#lib/connectors/connector.ts";
import { folder } from "#lib/connectors/systems/folder.ts";
import { createAddressGuard } from "#lib/net/address-guard.ts";
import { startPasswordServer } from "#e2e/servers/sftp-with-password.ts";
import { SSH_KEY_PASSPHRASE, startSshd, type Sshd } from "#e2e/servers/sshd.ts";

const noConfiguration: ConfigurationStore = {
  read: () => Promise.reject(new Error("not asked for")),
  objections: () => Promise.reject(new Error("not asked for")),
  apply: () => Promise.reject(new Error("not asked for")),
};

function contextOf(signal = new AbortController().signal): SystemContext {
  return { signal, localRoots: [], network: createAddressGuard({ allowed: ["127.0.0.0/8"] }), configuration: noConfiguration };
}

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd();
}, 30_000);
afterAll(() => sshd.stop());

function configOf(more: Record<string, unknown> = {}) {
  return folder.config.parse({
    host: sshd.host,
    port: sshd.port,
    user: sshd.user,
    privateKey: sshd.privateKey,
    hostKey: `ssh-ed25519 ${sshd.hostKeyFingerprint}`,
    path: sshd.root,
    ...more,
  });
}

/** Typed, where vitest's own says any. */
const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);
const at = (name: string) => path.join(sshd.root, name);
const entry = (more: Partial<StoredEntry> & { path: string }): StoredEntry => ({
  type: "file",
  mode: 0o644,
  modifiedAt: new Date(0),
  content: Buffer.from("new"),
  ...more,
});
const captured = async (more: Record<string, unknown> = {}) => collect(await folder.capture(configOf(more), contextOf()));

beforeEach(() => {
  for (const name of readdirSync(sshd.root)) rmSync(at(name), { recursive: true });
  mkdirSync(at("etc/deep/empty"), { recursive: true });
  writeFileSync(at("etc/app.conf"), "port = 1\n", { mode: 0o640 });
  writeFileSync(at("etc/.hidden"), "");
  writeFileSync(at("etc/deep/ünï 🗝️ [x].txt"), "unicode");
  symlinkSync("app.conf", at("etc/current"));
});

describe("validating a folder", () => {
  test("shows the host key to pin, and passes with it pinned", async () => {
    const first = await folder.validate(configOf({ hostKey: "" }), contextOf());
    expect(first).toMatchObject({ ok: true, observed: { hostKey: `ssh-ed25519 ${sshd.hostKeyFingerprint}` } });
    expect(first.steps.map(({ name }) => name)).toEqual(["Connect", "Host key", "Sign in", "Open the folder", "List it", "Read a file"]);
    for (const hostKey of [first.observed?.["hostKey"], sshd.hostKeyFingerprint]) {
      const second = await folder.validate(configOf({ hostKey }), contextOf());
      expect(second.ok).toBe(true);
      expect(second.observed).toBeUndefined();
    }
  });

  test.each<[string, () => Record<string, unknown>, string, RegExp]>([
    [
      "another host key",
      () => ({ hostKey: `ssh-ed25519 SHA256:${"A".repeat(43)}` }),
      "Host key",
      /changed from ssh-ed25519 SHA256:A+ to ssh-ed25519 SHA256:/,
    ],
    [
      "a host key of another type",
      () => ({ hostKey: `ssh-rsa SHA256:${"A".repeat(43)}` }),
      "Host key",
      /no longer has a host key of the pinned type/,
    ],
    ["an unknown user", () => ({ user: "nobody-here" }), "Sign in", /refused to sign in “nobody-here”/],
    ["a text that is no key", () => ({ privateKey: "hello" }), "Host key", /This is not a private key/],
    [
      "a public key",
      () => ({ privateKey: readFileSync(path.join(path.dirname(sshd.root), "client.pub"), "utf8") }),
      "Host key",
      /This is a public key/,
    ],
    ["a key whose passphrase is missing", () => ({ privateKey: sshd.protectedPrivateKey }), "Host key", /has a passphrase; type it too/],
    [
      "a wrong passphrase",
      () => ({ privateKey: sshd.protectedPrivateKey, privateKeyPassphrase: "wrong" }),
      "Host key",
      /does not open the private key/,
    ],
    ["a missing folder", () => ({ path: at("nowhere") }), "Open the folder", /does not exist on the server/],
    ["a file", () => ({ path: at("etc/app.conf") }), "Open the folder", /is not a folder/],
    ["patterns that take nothing", () => ({ include: ["*.nothing"] }), "Read a file", /No file in the folder is taken/],
  ])("%s is told at its step", async (_what, more, step, sentence) => {
    const result = await folder.validate(configOf(more()), contextOf());
    expect(result.ok).toBe(false);
    expect(result.steps.at(-1)).toMatchObject({ name: step, ok: false, detail: matching(sentence) });
  });

  test("a key under its passphrase signs in", async () => {
    const result = await folder.validate(
      configOf({ privateKey: sshd.protectedPrivateKey, privateKeyPassphrase: SSH_KEY_PASSPHRASE }),
      contextOf(),
    );
    expect(result.ok).toBe(true);
  });

  test.each(["password", "keyboard-interactive"] as const)(
    "a password signs in by %s, a wrong one does not, and no message holds it",
    async (method) => {
      const server = await startPasswordServer(method);
      try {
        const { host, port, user, password } = server;
        const unconfirmed = { host, port, user, authentication: "password", hostKey: "" };
        const first = await folder.validate(configOf({ ...unconfirmed, password }), contextOf());
        expect(first.steps.map(({ name, ok }) => [name, ok])).toEqual([
          ["Connect", true],
          ["Host key", false],
        ]);
        expect(server.attempts()).toBe(0);
        const config = { ...unconfirmed, hostKey: first.observed?.["hostKey"] };
        expect(await folder.validate(configOf({ ...config, password }), contextOf())).toMatchObject({ ok: true });
        const wrong = await folder.validate(configOf({ ...config, password: "hunter2" }), contextOf());
        expect(wrong.steps.at(-1)).toMatchObject({
          name: "Sign in",
          ok: false,
          detail: matching(/check the user and the password/),
        });
        expect(JSON.stringify(wrong)).not.toContain("hunter2");
      } finally {
        await server.stop();
      }
    },
  );

  test("a port where something else, or nothing, listens is told", async () => {
    const server = net.createServer((socket) =>
      socket
        .on("error", () => undefined)
        .resume()
        .end("HTTP/1.1 400 Bad Request\r\n\r\n"),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    expect((await folder.validate(configOf({ port }), contextOf())).steps.at(-1)).toMatchObject({ name: "Host key", ok: false });
    await new Promise((resolve) => server.close(resolve));
    expect((await folder.validate(configOf({ port }), contextOf())).steps.at(-1)).toMatchObject({
      name: "Connect",
      ok: false,
      detail: matching(/refused the connection/),
    });
  });

  test("an address that is not open is refused before a connection", async () => {
    const context = { ...contextOf(), network: createAddressGuard({ allowed: [] }) };
    expect((await folder.validate(configOf(), context)).steps).toMatchObject([
      { name: "Connect", ok: false, detail: matching(/HOLDFAST_ALLOWED_NETWORKS/) },
    ]);
  });
});

describe("capturing a folder", () => {
  test("takes files, folders and links, sorted, with modes, and follows no link", async () => {
    symlinkSync("/etc", at("outside"));
    const entries = await captured();
    expect(entries.map(({ path, type }) => `${type} ${path}`)).toEqual([
      "directory etc",
      "file etc/.hidden",
      "file etc/app.conf",
      "symlink etc/current",
      "directory etc/deep",
      "directory etc/deep/empty",
      "file etc/deep/ünï 🗝️ [x].txt",
      "symlink outside",
    ]);
    expect(entries.find(({ path }) => path === "etc/app.conf")).toMatchObject({ mode: 0o640, content: Buffer.from("port = 1\n") });
    expect(entries.find(({ path }) => path === "etc/current")).toMatchObject({ linkTarget: "app.conf" });
  });

  test("takes what the patterns say, with the folders on the way", async () => {
    writeFileSync(at("etc/deep/b.conf"), "b");
    mkdirSync(at("cache/x"), { recursive: true });
    writeFileSync(at("cache/x/c.conf"), "c");
    const paths = (await captured({ include: ["**/*.conf"], exclude: ["cache"] })).map(({ path }) => path);
    expect(paths).toEqual(["etc", "etc/app.conf", "etc/deep", "etc/deep/b.conf"]);
  });

  test("gives large files and many files back byte by byte", async () => {
    const large = Buffer.alloc(5 * 1024 * 1024 + 17, "0123456789abcdef!");
    writeFileSync(at("large"), large);
    mkdirSync(at("many"));
    for (let index = 0; index < 300; index++) writeFileSync(at(`many/${String(index).padStart(3, "0")}`), `file ${index}`);
    const entries = await captured();
    expect(entries.find(({ path }) => path === "large")?.content.equals(large)).toBe(true);
    expect(entries.filter(({ path }) => path.startsWith("many/")).map(({ content }) => content.toString())).toEqual(
      Array.from({ length: 300 }, (_, index) => `file ${index}`),
    );
  });

  test("a file that grows is taken as it was, one that shrinks is named", async () => {
    const content = Buffer.alloc(3 * 1024 * 1024, 7);
    writeFileSync(at("growing"), content);
    const capture = await folder.capture(configOf(), contextOf());
    await appendFile(at("growing"), "more");
    expect((await collect(capture)).find(({ path }) => path === "growing")?.content.length).toBeGreaterThanOrEqual(content.length);

    const entries = (await folder.capture(configOf(), contextOf())).entries[Symbol.asyncIterator]();
    let growing: CaptureEntry | null = null;
    while (growing?.path !== "growing") growing = ((await entries.next()) as IteratorYieldResult<CaptureEntry>).value;
    writeFileSync(at("growing"), "short");
    const body = await growing.open?.();
    await expect(body?.toArray()).rejects.toThrow("“growing” could not be read: it became shorter");
    await entries.return?.();
  });

  test("names special files as not in the backup", async () => {
    const socket = net.createServer();
    await new Promise<void>((resolve) => socket.listen(at("etc/socket"), resolve));
    const capture = await folder.capture(configOf(), contextOf());
    expect(capture.notInBackup).toContain("sockets, pipes and devices: etc/socket");
    expect((await collect(capture)).map(({ path }) => path)).not.toContain("etc/socket");
    await new Promise((resolve) => socket.close(resolve));
  });

  test("an empty folder is no backup", async () => {
    rmSync(at("etc"), { recursive: true });
    await expect(folder.capture(configOf(), contextOf())).rejects.toThrow("holds no file");
  });

  test("nothing is captured without a pinned key, or from another server", async () => {
    await expect(folder.capture(configOf({ hostKey: "" }), contextOf())).rejects.toMatchObject({ code: "host-key-not-pinned" });
    const other = await startSshd();
    try {
      await other.restartWithNewHostKey();
      const config = configOf({ port: other.port, privateKey: other.privateKey, hostKey: other.hostKeyFingerprint, path: other.root });
      await expect(folder.capture(config, contextOf())).rejects.toMatchObject({
        code: "host-key-changed",
        message: matching(/changed from/),
      });
    } finally {
      await other.stop();
    }
  });

  test("stops at the signal, and when the server goes away", async () => {
    writeFileSync(at("large"), Buffer.alloc(8 * 1024 * 1024));
    const controller = new AbortController();
    const capture = await folder.capture(configOf(), contextOf(controller.signal));
    controller.abort(new Error("cancelled by hand"));
    await expect(collect(capture)).rejects.toHaveProperty("code", "unreachable");
    await expect(folder.capture(configOf(), contextOf(controller.signal))).rejects.toThrow("cancelled by hand");

    const other = await startSshd();
    writeFileSync(path.join(other.root, "large"), Buffer.alloc(8 * 1024 * 1024));
    const config = configOf({ port: other.port, privateKey: other.privateKey, hostKey: other.hostKeyFingerprint, path: other.root });
    const broken = await folder.capture(config, contextOf());
    await other.stop();
    await expect(collect(broken)).rejects.toThrow("was lost");
  });

  test("the truth check takes what was captured, and refuses paths that could not be written back", async () => {
    const check = folder.check();
    for await (const { path, body } of archiveOf("folder", await captured()).entries()) await check.entry(path, body);
    await check.finish();
    const other = folder.check();
    for await (const { path, body } of archiveOf("folder", [entry({ path: "../x" })]).entries()) {
      await expect(other.entry(path, body)).rejects.toThrow("leads through");
    }
    await expect(folder.check().finish()).rejects.toThrow("holds no entry");
  });
});

describe("restoring a folder", () => {
  const plan = (stored: StoredEntry[], more = {}) => folder.planRestore(configOf(more), archiveOf("folder", stored), contextOf());
  const apply = (stored: StoredEntry[]) => folder.applyRestore(configOf(), archiveOf("folder", stored), contextOf(), () => undefined);

  test("changes nothing where nothing differs", async () => {
    const stored = await captured();
    expect(await plan(stored)).toMatchObject({ changes: [], warnings: [], blockers: [], effects: [], notInBackup: ["something"] });
    expect(await apply(stored)).toEqual({ outcome: "completed", applied: [], problems: [], followUp: [] });
  });

  test("brings back what is missing or differs, and leaves what is new", async () => {
    const stored = await captured();
    const size = statSync(at("etc/deep/ünï 🗝️ [x].txt")).size;
    writeFileSync(at("etc/deep/ünï 🗝️ [x].txt"), "x".repeat(size));
    chmodSync(at("etc/app.conf"), 0o600);
    rmSync(at("etc/current"));
    symlinkSync("elsewhere", at("etc/current"));
    rmSync(at("etc/deep/empty"), { recursive: true });
    rmSync(at("etc/.hidden"));
    writeFileSync(at("etc/new.conf"), "new");

    const planned = await plan(stored);
    expect(planned.changes.map(({ action, subject }) => `${action} ${subject}`)).toEqual([
      "add etc/.hidden",
      "change etc/app.conf",
      "change etc/current",
      "add etc/deep/empty",
      "change etc/deep/ünï 🗝️ [x].txt",
    ]);
    expect(planned.warnings).toEqual(["1 on the server and not in the backup stay untouched: etc/new.conf."]);
    expect(await apply(stored)).toMatchObject({ outcome: "completed", problems: [] });

    expect(readFileSync(at("etc/deep/ünï 🗝️ [x].txt"), "utf8")).toBe("unicode");
    expect(statSync(at("etc/app.conf")).mode & 0o777).toBe(0o640);
    expect(readlinkSync(at("etc/current"))).toBe("app.conf");
    expect(readFileSync(at("etc/new.conf"), "utf8")).toBe("new");
    expect(await plan(stored)).toMatchObject({ changes: [] });
    expect(readdirSync(at("etc")).filter((name) => name.includes("holdfast"))).toEqual([]);
  });

  test("gives times back, and files to a folder that its owner may not write to", async () => {
    utimesSync(at("etc/app.conf"), 1000, 1000);
    chmodSync(at("etc/deep"), 0o555);
    const stored = await captured();
    rmSync(at("etc"), { recursive: true });
    expect(await apply(stored)).toMatchObject({ outcome: "completed" });
    expect(statSync(at("etc/app.conf")).mtimeMs).toBe(1_000_000);
    expect(statSync(at("etc/deep")).mode & 0o777).toBe(0o555);
  });

  test.each(["../evil", "a/../../evil", "/tmp/evil", "a//b", "./a"])("an archive with %s is refused as a whole", async (hostile) => {
    const stored = [entry({ path: "fine" }), entry({ path: hostile })];
    expect((await plan(stored)).blockers).toEqual([expect.stringContaining("cannot be restored")]);
    await expect(apply(stored)).rejects.toMatchObject({ code: "hostile-archive" });
    expect(readdirSync(sshd.root)).toEqual(["etc"]);
  });

  test("follows no live link out of the folder and makes none", async () => {
    const outside = path.join(path.dirname(sshd.root), "outside");
    mkdirSync(outside, { recursive: true });
    symlinkSync(outside, at("linked"));
    const stored = [
      entry({ path: "linked/file" }),
      entry({ path: "etc/up", type: "symlink", linkTarget: "../../outside", content: Buffer.alloc(0) }),
      entry({ path: "etc/absolute", type: "symlink", linkTarget: "/etc/passwd", content: Buffer.alloc(0) }),
      entry({ path: "etc/fine", type: "symlink", linkTarget: "../etc/app.conf", content: Buffer.alloc(0) }),
      entry({ path: "etc", type: "directory", content: Buffer.alloc(0), mode: 0o755 }),
      entry({ path: "etc/app.conf/x" }),
      entry({ path: "etc/deep" }),
    ];
    const report = await apply(stored);
    expect(report.outcome).toBe("partial");
    expect(report.applied.map(({ subject }) => subject)).toEqual(["etc/fine"]);
    expect(report.problems).toHaveLength(5);
    expect(readdirSync(outside)).toEqual([]);
    expect(statSync(at("etc/deep")).isDirectory()).toBe(true);
  });

  test("a live link of a file's name is replaced, not written through", async () => {
    const outside = path.join(path.dirname(sshd.root), "victim");
    writeFileSync(outside, "untouched");
    symlinkSync(outside, at("config"));
    expect(await apply([entry({ path: "config" })])).toMatchObject({ outcome: "completed" });
    expect(readFileSync(outside, "utf8")).toBe("untouched");
    expect(readFileSync(at("config"), "utf8")).toBe("new");
  });
});
