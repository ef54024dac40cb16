import { chmod, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import net, { type AddressInfo } from "node:net";
import path from "node:path";
import { Readable } from "node:stream";
import tls from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ConnectorContext } from "#lib/connectors/connector.ts";
import { ftp } from "#lib/connectors/destinations/ftp.ts";
import type { FtpConfig } from "#lib/connectors/ftp/config.ts";
import { turnOf } from "#lib/connectors/ftp/name-once.ts";
import { validateDestination } from "#lib/connectors/validate-destination.ts";
import { createAddressGuard } from "#lib/net/address-guard.ts";
import { fingerprintOf, type FtpServer, startFtpServer } from "#e2e/servers/ftp-server.ts";

let server: FtpServer;
let certificate: string;
beforeAll(async () => {
  server = await startFtpServer();
  certificate = fingerprintOf(await server.certificate()).replace("SHA256:", "");
});
afterAll(() => server.stop());

function configOf(more: Partial<FtpConfig> = {}): FtpConfig {
  const { host, user, password, ports } = server;
  const given = { host, user, password, port: ports[more.security ?? "explicit"], tlsTrust: "pinned", certificate, ...more };
  return ftp.config.parse(given);
}

function contextOf(more: Partial<ConnectorContext> = {}): ConnectorContext {
  const network = createAddressGuard({ allowed: ["127.0.0.0/8"] });
  return { signal: new AbortController().signal, localRoots: [], network, timeouts: { connectMs: 5000, idleMs: 5000 }, ...more };
}

/** What of the credentials the server was shown while `work` ran. */
async function shownDuring(work: () => Promise<unknown>): Promise<string[]> {
  const before = (await server.commands()).length;
  await work();
  return (await server.commands()).slice(before).filter((line) => /"(USER|PASS)/.test(line));
}

describe("the certificate", () => {
  test.each(["explicit", "implicit"] as const)(
    "is seen by Validate (%s), and nobody signs in before it was confirmed",
    async (security) => {
      const unconfirmed = configOf({ security, certificate: undefined });
      const shown = await shownDuring(async () => {
        const result = await validateDestination(ftp, unconfirmed, contextOf());
        expect(result).toMatchObject({ ok: false, observed: { certificate }, steps: [{ name: "Identify the server", ok: false }] });
        await expect(ftp.open(unconfirmed, contextOf())).rejects.toThrow("is not pinned yet");
      });
      expect(shown).toEqual([]);
      expect(await validateDestination(ftp, configOf({ security }), contextOf())).toMatchObject({ ok: true, steps: { length: 6 } });
    },
  );

  test("of a known authority is enough where that is chosen, and another is refused without signing in", async () => {
    const config = configOf({ tlsTrust: "authorities", certificate: undefined });
    const shown = await shownDuring(async () => {
      await expect(ftp.open(config, contextOf())).rejects.toThrow(/No known authority vouches for .* \(.*SELF_SIGNED.*\).*compared\.$/);
      expect(await validateDestination(ftp, config, contextOf())).toMatchObject({ ok: false, steps: { length: 1 } });
    });
    expect(shown).toEqual([]);
    const authorities = tls.getCACertificates();
    tls.setDefaultCACertificates([await server.certificate()]);
    try {
      expect(await validateDestination(ftp, config, contextOf())).toMatchObject({ ok: true });
    } finally {
      tls.setDefaultCACertificates(authorities);
    }
  });

  test("that changed is refused, and nobody signs in", async () => {
    const session = await ftp.open(configOf(), contextOf());
    const before = certificate;
    await server.restartWithNewCertificate();
    certificate = fingerprintOf(await server.certificate()).replace("SHA256:", "");
    for (const security of ["explicit", "implicit"] as const) {
      const shown = await shownDuring(async () => {
        await expect(ftp.open(configOf({ security, certificate: before }), contextOf())).rejects.toThrow(/changed: .* was not sent/);
        await expect(session.stat("archive")).rejects.toThrow(/changed/);
      });
      expect(shown).toEqual([]);
    }
    await session.close();
  });
});

test.each<[string, Partial<FtpConfig> | (() => Partial<FtpConfig>), RegExp]>([
  ["a wrong password", { password: "wrong" }, /refused to sign in “keeper” \(530\): check the user and the password\.$/],
  ["a missing folder", { folder: "not/there" }, /The folder “\/not\/there” cannot be opened .*create it/],
  ["TLS where none is offered", () => ({ port: server.ports.plain }), /offers no TLS \(it answered 5.*choose plain FTP/],
  ["implicit TLS where none is spoken", () => ({ security: "implicit", port: server.ports.plain }), /does not speak TLS on this port/],
  ["plain FTP where TLS is wanted", () => ({ security: "plain", port: server.ports.explicit }), /\(550\): it wants TLS|wants TLS/],
  ["an address that is not open", { host: "10.0.0.1" }, /HOLDFAST_ALLOWED_NETWORKS/],
])("%s is told", async (_what, more, sentence) => {
  await expect(ftp.open(configOf(typeof more === "function" ? more() : more), contextOf())).rejects.toThrow(sentence);
});

test("implicit TLS that is asked for in the clear is told after the time for connecting", async () => {
  const config = configOf({ security: "explicit", port: server.ports.implicit });
  await expect(ftp.open(config, contextOf({ timeouts: { connectMs: 300, idleMs: 300 } }))).rejects.toThrow(
    /did not answer within 0.3 seconds/,
  );
});

describe("the folder", () => {
  test.each(["backups/of ours", "/backups/of ours", "/backups/of ours/"])("%s holds the objects", async (folder) => {
    await mkdir(path.join(server.root, "backups/of ours"), { recursive: true });
    await chmod(path.join(server.root, "backups/of ours"), 0o777);
    const session = await ftp.open(configOf({ folder }), contextOf());
    await session.put("deep/er/archive", Readable.from(["x"]));
    await session.put("deep/archive", Readable.from(["y"]));
    expect(await readFile(path.join(server.root, "backups/of ours/deep/er/archive"), "utf8")).toBe("x");
    expect((await Array.fromAsync(session.list("deep"))).length).toBe(2);
    for (const key of ["deep/er/archive", "deep/archive"]) await session.remove(key);
    expect(await readdir(path.join(server.root, "backups/of ours/deep"))).toEqual(["er"]);
    await session.close();
  });

  test("that is gone is not an empty one", async () => {
    await mkdir(path.join(server.root, "going"));
    const session = await ftp.open(configOf({ folder: "going" }), contextOf());
    await rename(path.join(server.root, "going"), path.join(server.root, "gone"));
    await expect(session.stat("archive")).rejects.toThrow(/is gone; check that its disk is mounted/);
    await expect(session.get("archive")).rejects.toMatchObject({ code: "failed" });
    await expect(session.remove("archive")).rejects.toMatchObject({ code: "failed" });
    await expect(Array.fromAsync(session.list("a"))).rejects.toMatchObject({ code: "failed" });
    await expect(Array.fromAsync(session.folders())).rejects.toMatchObject({ code: "failed" });
    await session.close();
  });

  test("that may not be looked into is not an empty one", async () => {
    await mkdir(path.join(server.root, "closed"), { mode: 0o700 });
    await writeFile(path.join(server.root, "closed", "archive"), "x");
    const session = await ftp.open(configOf(), contextOf());
    await expect(session.stat("closed/archive")).rejects.toMatchObject({ code: "refused" });
    await expect(session.remove("closed/archive")).rejects.toMatchObject({ code: "refused" });
    await expect(session.put("closed/other", Readable.from(["x"]))).rejects.toMatchObject({ code: "refused" });
    await expect(Array.fromAsync(session.list("closed"))).rejects.toMatchObject({ code: "refused" });
    await session.close();
  });
});

describe("a session", () => {
  test("does several things at once, also while a body is not read", async () => {
    const session = await ftp.open(configOf(), contextOf());
    const content = Buffer.alloc(9 * 1024 * 1024, "0123456789");
    await session.put("at-once", Readable.from([content]));
    const unread = [await session.get("at-once"), await session.get("at-once", { offsetBytes: 1, lengthBytes: 5_000_000 })];
    expect(await session.stat("at-once")).toEqual({ sizeBytes: content.length });
    await session.put("at-once-too", Readable.from(["y"]));
    const [whole, part] = await Promise.all(unread.map(async (body) => Buffer.concat((await body.toArray()) as Buffer[])));
    expect(whole?.equals(content)).toBe(true);
    expect(part?.equals(content.subarray(1, 5_000_001))).toBe(true);
    for (const key of ["at-once", "at-once-too"]) await session.remove(key);
    await session.close();
  });

  test("goes on after the server was away", async () => {
    const session = await ftp.open(configOf(), contextOf());
    await session.put("before", Readable.from(["x"]));
    await server.end();
    await expect(session.stat("before")).rejects.toMatchObject({ code: "unreachable" });
    await server.start();
    expect(await session.stat("before")).toEqual({ sizeBytes: 1 });
    await session.remove("before");
    await session.close();
  });

  test("is not kept from a name for ever by a process that died while it gave it", async () => {
    const session = await ftp.open(configOf(), contextOf());
    await mkdir(path.join(server.root, turnOf("/contended")));
    await chmod(path.join(server.root, turnOf("/contended")), 0o777);
    await session.put("contended", Readable.from(["x"]));
    expect(await session.stat("contended")).toEqual({ sizeBytes: 1 });
    expect((await readdir(server.root)).filter((name) => name.startsWith(".upload-"))).toEqual([]);
    await session.remove("contended");
    await session.close();
  });
});

test("warns of plain FTP, and of nothing else", () => {
  expect(ftp.warnings?.(configOf({ security: "plain" }))).toEqual([
    expect.stringMatching(/password and the names of files.*stay encrypted/),
  ]);
  expect(ftp.warnings?.(configOf())).toEqual([]);
  expect(ftp.warnings?.(configOf({ security: "implicit" }))).toEqual([]);
});

test.each(["user", "password", "folder", "host"] as const)("no %s can smuggle in a command", (field) => {
  expect(() => configOf({ [field]: "a\r\nDELE b" })).toThrow();
});

describe("a server that names another address for the data", () => {
  test.each([
    ["in its answer to PASV", "500 what?", (port: number) => `227 Entering Passive Mode (10,9,8,7,${port >> 8},${port & 255}).`],
    ["in its answer to EPSV", (port: number) => `229 Entering Extended Passive Mode (|1|10.9.8.7|${port}|)`, "500 what?"],
  ] as const)("%s is not followed there", async (_where, epsv, pasv) => {
    const connected: string[] = [];
    const network = createAddressGuard({
      allowed: ["127.0.0.0/8", "10.0.0.0/8"],
      connect: (target) => {
        connected.push(target.host);
        return net.connect({ ...target, host: "127.0.0.1" });
      },
    });
    const scripted = await startScriptedServer(epsv, pasv);
    const session = await ftp.open(configOf({ security: "plain", port: scripted.port }), contextOf({ network }));
    expect(Buffer.concat((await (await session.get("archive")).toArray()) as Buffer[]).toString()).toBe("hello");
    await session.close();
    scripted.stop();
    expect(connected).toEqual(["127.0.0.1", "127.0.0.1"]);
  });
});

type Answer = string | ((port: number) => string);

/** Knows one file, "archive", and answers EPSV and PASV as it is told. */
async function startScriptedServer(epsv: Answer, pasv: Answer): Promise<{ port: number; stop: () => void }> {
  const data = net.createServer((socket) => socket.end("hello"));
  await new Promise<void>((resolve) => data.listen(0, "127.0.0.1", resolve));
  const dataPort = (data.address() as AddressInfo).port;
  const said = (answer: Answer) => (typeof answer === "string" ? answer : answer(dataPort));
  const answers: Record<string, string> = {
    USER: "331 password?",
    PASS: "230 in",
    TYPE: "200 ok",
    PWD: '257 "/"',
    CWD: "250 ok",
    EPSV: said(epsv),
    PASV: said(pasv),
    SIZE: "213 5",
    RETR: "150 here\r\n226 done",
    QUIT: "221 bye",
  };
  const control = net.createServer((socket) => {
    socket.write("220 hello\r\n");
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => socket.write(`${answers[chunk.toString().trim().split(" ")[0] ?? ""] ?? "502 unknown"}\r\n`));
  });
  await new Promise<void>((resolve) => control.listen(0, "127.0.0.1", resolve));
  return {
    port: (control.address() as AddressInfo).port,
    stop() {
      control.close();
      data.close();
    },
  };
}
