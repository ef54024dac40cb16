import { readdir } from "node:fs/promises";
import path from "node:path";
import { describeDestination } from "#lib/connectors/conformance.ts";
import type { Candidate, Description, OpenOptions } from "#lib/connectors/conformance-candidate.ts";
import { ftp } from "#lib/connectors/destinations/ftp.ts";
import type { FtpConfig } from "#lib/connectors/ftp/config.ts";
import { createAddressGuard } from "#lib/net/address-guard.ts";
import { fingerprintOf, type FtpSecurity, type FtpServer, startFtpServer } from "#e2e/servers/ftp-server.ts";
import { mayMountSmallDisk } from "#e2e/servers/small-disk.ts";

const MIB = 1024 * 1024;
const mayMount = await mayMountSmallDisk();
const UNDER_TLS = "under TLS a proxy cannot lead the data connections through itself";
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
describeDestination("ftp, explicit", { lacks: { ...lacks, network: UNDER_TLS }, listedObjects }, () => candidateOf("explicit"));
describeDestination(
  "ftp, implicit",
  { lacks: { ...lacks, network: UNDER_TLS }, shownElsewhere: { boundedMemory: "explicit TLS, once begun, is the same" }, listedObjects },
  () => candidateOf("implicit"),
);

// Many servers know neither MLSD nor MLST nor EPSV.
describeDestination(
  "ftp, of a server that knows only RFC 959",
  {
    lacks: { ...lacks, network: "an answer of this server can be shorter than what the proxy still lets through" },
    shownElsewhere: { boundedMemory: "bytes flow as with a server that knows more" },
    listedObjects,
  },
  () => candidateOf("plain", { directives: ["FactsAdvertise off", "<Limit MLSD MLST EPSV>", "DenyAll", "</Limit>"], isBehindProxy: false }),
);

async function candidateOf(
  security: FtpSecurity,
  { directives = [], isBehindProxy = security === "plain" }: { directives?: string[]; isBehindProxy?: boolean } = {},
): Promise<Candidate> {
  const server = await startFtpServer({ directives });
  const small = mayMount ? await startFtpServer({ directives, diskBytes: 6 * MIB }) : null;
  return {
    open: (options) => open(server, security, {}, options),
    openWithWrongCredentials: () => open(server, security, { password: "wrong" }),
    openWithMissingContainer: () => open(server, security, { folder: "not/there" }),
    ...(small && { openSmall: () => open(small, security) }),
    ...(isBehindProxy && { server: { host: server.host, port: server.ports.plain, protocol: "ftp" } }),
    list: () => filesBelow(server.root),
    async stop() {
      await server.stop();
      await small?.stop();
    },
  };
}

async function open(server: FtpServer, security: FtpSecurity, more: Partial<FtpConfig> = {}, options: OpenOptions = {}) {
  const { host, user, password, ports } = server;
  const certificate = fingerprintOf(await server.certificate());
  const given = { host, port: ports[security], security, tlsTrust: "pinned", certificate, user, password, ...options.through, ...more };
  return ftp.open(ftp.config.parse(given), {
    signal: options.signal ?? new AbortController().signal,
    localRoots: [],
    network: createAddressGuard({ allowed: ["127.0.0.0/8"] }),
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
