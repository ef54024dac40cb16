import { readdir, statfs, writeFile } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeDestination } from "#lib/connectors/conformance.ts";
import { bytes, digest, expectSentence, failureOf } from "#lib/connectors/conformance-bytes.ts";
import type { Candidate, Description, OpenOptions } from "#lib/connectors/conformance-candidate.ts";
import { ftp } from "#lib/connectors/destinations/ftp.ts";
import type { FtpConfig } from "#lib/connectors/ftp/config.ts";
import { type AddressGuardOptions, createAddressGuard } from "#lib/net/address-guard.ts";
import { startFaultProxy } from "#e2e/servers/fault-proxy.ts";
import { fingerprintOf, type FtpSecurity, type FtpServer, startFtpServer } from "#e2e/servers/ftp-server.ts";
import { mayMountSmallDisk } from "#e2e/servers/small-disk.ts";

const MIB = 1024 * 1024;
const mayMount = await mayMountSmallDisk();
const PLAIN_IS_CUT = "plain FTP is cut at as many places; here it is how TLS ends that matters";
const SAME_TLS = "explicit TLS, once begun, is the same";
const SAME_FLOW = "bytes flow as with a server that knows more";
const lacks: Description["lacks"] = {
  http: "FTP is no HTTP",
  ...(!mayMount && { smallPlace: "this account may not mount a small disk" }),
};
/** FTP has no pages. */
const listedObjects = 20;

describeDestination(
  "ftp, plain",
  { lacks, shownElsewhere: { boundedMemory: "TLS, which the next one has, holds more" }, listedObjects },
  () => candidateOf("plain"),
);
describeDestination("ftp, explicit", { lacks, shownElsewhere: { everyCut: PLAIN_IS_CUT }, listedObjects }, () => candidateOf("explicit"));
describeDestination("ftp, implicit", { lacks, shownElsewhere: { boundedMemory: SAME_TLS, everyCut: SAME_TLS }, listedObjects }, () =>
  candidateOf("implicit"),
);

// Many servers know neither MLSD nor MLST nor EPSV.
describeDestination(
  "ftp, of a server that knows only RFC 959",
  {
    lacks,
    shownElsewhere: { boundedMemory: SAME_FLOW, everyCut: SAME_FLOW },
    listedObjects,
  },
  () => candidateOf("plain", { directives: ["FactsAdvertise off", "<Limit MLSD MLST EPSV>", "DenyAll", "</Limit>"] }),
);

// The control connection lasts, so what the server says last is heard: to it, an upload that was cut may look like one that is whole.
describe.each(["plain", "explicit", "implicit"] as const)("ftp, %s, when the data connection alone is cut", (security) => {
  let server: FtpServer;
  beforeAll(async () => {
    server = await startFtpServer();
  });
  afterAll(() => server.stop());

  test.each(["end", "reset"] as const)("(%s), a put leaves nothing, and a get does not end as if it were whole", async (how) => {
    const { host, ports, passivePorts } = server;
    const proxy = await startFaultProxy({ host, port: ports[security], passivePorts });
    const connect = ({ port }: { port: number }) => net.connect({ host: port === ports[security] ? host : proxy.host, port });
    const session = await open(server, security, {}, { connect });
    proxy.cutAfterBytes("up", 5 * MIB, how);
    expectSentence(await failureOf(() => session.put("archive", Readable.from(bytes(12 * MIB)))), "unreachable", "failed");
    expect(await filesBelow(server.root)).toEqual([]);
    proxy.resume();
    await session.put("archive", Readable.from(bytes(12 * MIB)));
    proxy.cutAfterBytes("down", 5 * MIB, how);
    expectSentence(await failureOf(async () => digest(await session.get("archive"))), "unreachable");
    expect(await session.stat("archive")).toEqual({ sizeBytes: 12 * MIB });
    await session.remove("archive");
    await session.close();
    await proxy.close();
  });
});

if (mayMount) {
  describe("ftp, on a disk that is full", () => {
    let server: FtpServer;
    beforeAll(async () => {
      server = await startFtpServer({ diskBytes: 6 * MIB });
    });
    afterAll(() => server.stop());

    describe.each(["plain", "explicit", "implicit"] as const)("%s", (security) => {
      // Nothing of such a body waits to be sent when the server closes the data connection before it says why.
      test.each([
        ["is slower than the network", slowly],
        ["hangs", hanging],
      ])("a body that %s is told of it, and leaves nothing, each time", async (_how, content) => {
        const session = await open(server, security);
        for (let attempt = 0; attempt < 3; attempt++) {
          const body = Readable.from(content(), { objectMode: false });
          expectSentence(await failureOf(() => session.put("full/archive", body)), "full");
          expect(await filesBelow(server.root)).toEqual([]);
        }
        await session.close();
      });
    });

    test("a server that falls silent over it is asked once more, and says so", async () => {
      const session = await open(server, "explicit", {}, { timeouts: { connectMs: 5000, idleMs: 2000 } });
      let thaw: () => Promise<void> = () => Promise.resolve();
      async function* freezing() {
        yield Buffer.alloc(MIB);
        thaw = await server.freezeSessions();
        const { bavail, bsize } = await statfs(server.root);
        await writeFile(path.join(server.root, "ballast"), Buffer.alloc(bavail * bsize));
        yield Buffer.alloc(24 * MIB);
      }
      const body = Readable.from(freezing(), { objectMode: false });
      expectSentence(await failureOf(() => session.put("full/archive", body)), "full");
      expect(await filesBelow(server.root)).toEqual(["ballast"]);
      await thaw();
      await session.remove("ballast");
      await session.close();
    });
  });
}

async function* slowly(): AsyncGenerator<Buffer> {
  for (let sent = 0; sent < 24 * MIB; sent += MIB / 16) {
    yield Buffer.alloc(MIB / 16);
    await sleep(2);
  }
}

async function* hanging(): AsyncGenerator<Buffer> {
  yield Buffer.alloc(8 * MIB);
  await new Promise(() => undefined);
}

async function candidateOf(security: FtpSecurity, { directives = [] }: { directives?: string[] } = {}): Promise<Candidate> {
  const server = await startFtpServer({ directives });
  const small = mayMount ? await startFtpServer({ directives, diskBytes: 6 * MIB }) : null;
  return {
    open: (options) => open(server, security, {}, options),
    openWithWrongCredentials: () => open(server, security, { password: "wrong" }),
    openWithMissingContainer: () => open(server, security, { folder: "not/there" }),
    ...(small && { openSmall: () => open(small, security) }),
    server: { host: server.host, port: server.ports[security], passivePorts: server.passivePorts, protocol: "tcp" },
    list: () => filesBelow(server.root),
    async stop() {
      await server.stop();
      await small?.stop();
    },
  };
}

async function open(
  server: FtpServer,
  security: FtpSecurity,
  more: Partial<FtpConfig> = {},
  options: OpenOptions & Pick<AddressGuardOptions, "connect"> = {},
) {
  const { host, user, password, ports } = server;
  const certificate = fingerprintOf(await server.certificate());
  const given = { host, port: ports[security], security, tlsTrust: "pinned", certificate, user, password, ...options.through, ...more };
  return ftp.open(ftp.config.parse(given), {
    signal: options.signal ?? new AbortController().signal,
    localRoots: [],
    network: createAddressGuard({ allowed: ["127.0.0.0/8"], ...(options.connect && { connect: options.connect }) }),
    timeouts: options.timeouts,
  });
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}
