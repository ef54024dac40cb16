import { readdir } from "node:fs/promises";
import path from "node:path";
import { describeDestination } from "#lib/connectors/conformance.ts";
import type { Candidate, NotHere, OpenOptions } from "#lib/connectors/conformance-candidate.ts";
import { ftp } from "#lib/connectors/destinations/ftp.ts";
import type { FtpConfig } from "#lib/connectors/ftp/config.ts";
import { createAddressGuard } from "#lib/net/address-guard.ts";
import { fingerprintOf, type FtpSecurity, type FtpServer, startFtpServer } from "#e2e/servers/ftp-server.ts";

const MIB = 1024 * 1024;
/** Fewer than elsewhere, because each file costs two TLS handshakes and FTP has no pages. */
const OBJECTS_OVER_TLS = 200;

for (const security of ["plain", "explicit", "implicit"] as const) {
  describeDestination(`ftp, ${security}`, () => candidateOf(security));
}

// Many servers know neither MLSD nor MLST nor EPSV.
describeDestination("ftp, of a server that knows only RFC 959", () =>
  candidateOf("plain", ["FactsAdvertise off", "<Limit MLSD MLST EPSV>", "DenyAll", "</Limit>"], {
    notHere: "an answer of this server can be shorter than what the proxy still lets through",
  }),
);

async function candidateOf(security: FtpSecurity, directives: string[] = [], noProxy?: NotHere): Promise<Candidate> {
  const server = await startFtpServer({ directives });
  const small = process.getuid?.() === 0 ? await startFtpServer({ directives, diskBytes: 6 * MIB }) : null;
  return {
    open: (options) => open(server, security, {}, options),
    openWithWrongCredentials: () => open(server, security, { password: "wrong" }),
    openWithMissingContainer: () => open(server, security, { folder: "not/there" }),
    openSmall: small ? () => open(small, security) : { notHere: "only root may mount a small disk" },
    server:
      noProxy ??
      (security === "plain"
        ? { host: server.host, port: server.ports.plain, protocol: "ftp" }
        : { notHere: "under TLS a proxy cannot lead the data connections through itself" }),
    ...(security !== "plain" && { manyObjects: OBJECTS_OVER_TLS }),
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
