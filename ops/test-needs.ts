import { spawnSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

interface Need {
  /** Debian's package. */
  debian: string;
  /** A program of it, for systems with other packages. */
  program: string;
  /** A variable that names something else to use instead, which makes the need go away. */
  alternative?: string;
}

const s3 = "HOLDFAST_TEST_S3_ENDPOINT";

const needs: readonly Need[] = [
  { debian: "age", program: "age" },
  { debian: "zstd", program: "zstd" },
  { debian: "restic", program: "restic" },
  { debian: "openssh-server", program: "sshd" },
  { debian: "openssh-client", program: "ssh-keygen" },
  { debian: "chromium", program: "chromium" },
  { debian: "fonts-liberation", program: "chromium" },
  { debian: "redis-server", program: "redis-server" },
  { debian: "proftpd-core", program: "proftpd" },
  { debian: "proftpd-mod-crypto", program: "proftpd" },
  { debian: "openssl", program: "openssl" },
  { debian: "ceph-mon", program: "ceph-mon", alternative: s3 },
  { debian: "ceph-osd", program: "ceph-osd", alternative: s3 },
  { debian: "ceph-common", program: "ceph", alternative: s3 },
  { debian: "radosgw", program: "radosgw", alternative: s3 },
];

/**
 * Sees to the servers and programs that the tests run against: installs them where we are root on Debian or its kin.
 * @throws elsewhere, naming what is missing and what may stand in for it
 */
export function ensureTestNeeds(): void {
  const wanted = needs.filter(({ alternative }) => !alternative || !process.env[alternative]);
  const missing = existsSync("/usr/bin/dpkg-query") ? missingPackages(wanted) : wanted.filter(({ program }) => !isOnPath(program));
  if (missing.length === 0) return;
  const packages = missing.map((need) => need.debian);
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) throw new Error(instruction(missing));
  console.log(`Installing what the tests need: ${packages.join(", ")} …`);
  withoutStartingServices(() => {
    apt(["update"]);
    apt(["install", "--yes", "--no-install-recommends", ...packages]);
  });
}

function missingPackages(wanted: readonly Need[]): Need[] {
  const query = spawnSync("/usr/bin/dpkg-query", ["-W", "-f=${Package} ${db:Status-Status}\n", ...wanted.map((need) => need.debian)], {
    encoding: "utf8",
  });
  const installed = new Set(
    query.stdout
      .split("\n")
      .filter((line) => line.endsWith(" installed"))
      .map((line) => line.split(" ")[0]),
  );
  return wanted.filter((need) => !installed.has(need.debian));
}

function isOnPath(program: string): boolean {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return folders.some((folder) => existsSync(join(folder, program)));
}

function instruction(missing: readonly Need[]): string {
  const programs = [...new Set(missing.map((need) => need.program))].join(", ");
  const alternatives = [...new Set(missing.flatMap((need) => need.alternative ?? []))];
  const stead = alternatives
    .map(
      (name) =>
        ` Instead of Ceph's radosgw, ${name}, with HOLDFAST_TEST_S3_ACCESS_KEY and HOLDFAST_TEST_S3_SECRET_KEY, may name another S3 server for tests.`,
    )
    .join("");
  const debian = `sudo apt-get install ${missing.map((need) => need.debian).join(" ")}`;
  return `The tests run against real servers and programs, and these are missing: ${programs}. Install them (on Debian: ${debian}).${stead}`;
}

/** Debian starts a server when it is installed unless this file says no; the tests start their own. */
function withoutStartingServices(work: () => void): void {
  const policy = "/usr/sbin/policy-rc.d";
  const isOurs = !existsSync(policy);
  if (isOurs) writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    work();
  } finally {
    if (isOurs) rmSync(policy, { force: true });
  }
}

function apt(args: string[]): void {
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (let attempt = 1; ; attempt++) {
    const result = spawnSync("/usr/bin/apt-get", ["-q", ...args], {
      encoding: "utf8",
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    if (result.status === 0) return;
    if (attempt === 2) throw new Error(`apt-get ${args.join(" ")} failed:\n${result.stdout}${result.stderr}`);
  }
}
