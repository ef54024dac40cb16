import { execFile, spawn, type ChildProcess } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { BucketAlreadyOwnedByYou, CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { findFreePort } from "#e2e/servers/free-port.ts";

export interface S3Server {
  endpoint: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** Succeeds when it is there already. */
  createBucket(name: string): Promise<void>;
  stop(): Promise<void>;
}

const run = promisify(execFile);
const PACKAGES = "install the packages ceph-mon, ceph-osd, ceph-common and radosgw, or name another S3 by HOLDFAST_TEST_S3_ENDPOINT";
const READY_WITHIN_MS = 60_000;

/**
 * The S3 server of the tests: Ceph's radosgw on a memory store, with keys and folder of its own on free loopback ports (Debian: packages
 * ceph-mon, ceph-osd, ceph-common and radosgw), or the one that HOLDFAST_TEST_S3_ENDPOINT, HOLDFAST_TEST_S3_ACCESS_KEY and
 * HOLDFAST_TEST_S3_SECRET_KEY name.
 */
export async function startRadosgw(): Promise<S3Server> {
  const other = serverFromEnvironment();
  if (other) return other;
  const folder = await mkdtemp(path.join(tmpdir(), "holdfast-s3-"));
  const children: ChildProcess[] = [];
  const stop = async () => {
    await Promise.all(children.reverse().map(end));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { ...(await startCluster(folder, children)), stop };
  } catch (error) {
    await stop();
    throw new Error(`Ceph's radosgw could not be started; ${PACKAGES}.`, { cause: error });
  }
}

function serverFromEnvironment(): S3Server | null {
  const {
    HOLDFAST_TEST_S3_ENDPOINT: endpoint,
    HOLDFAST_TEST_S3_ACCESS_KEY: accessKeyId,
    HOLDFAST_TEST_S3_SECRET_KEY: secretAccessKey,
  } = process.env;
  if (!endpoint) return null;
  if (!accessKeyId || !secretAccessKey)
    throw new Error("HOLDFAST_TEST_S3_ENDPOINT needs HOLDFAST_TEST_S3_ACCESS_KEY and HOLDFAST_TEST_S3_SECRET_KEY.");
  return { ...withBuckets({ endpoint, region: "us-east-1", accessKeyId, secretAccessKey }), stop: () => Promise.resolve() };
}

async function startCluster(folder: string, children: ChildProcess[]): Promise<Omit<S3Server, "stop">> {
  const ports = { messenger2: await findFreePort(), messenger1: await findFreePort(), http: await findFreePort() };
  const configuration = path.join(folder, "ceph.conf");
  const fsid = randomUUID();
  await writeFile(configuration, describeCluster(folder, fsid, ports));
  const ceph = (tool: string, ...options: string[]) => run(tool, ["-c", configuration, ...options]);
  const start = (tool: string, ...options: string[]) => children.push(launch(tool, ["-f", "-c", configuration, ...options]));

  await makeKeys(folder);
  await run("monmaptool", [
    "--create",
    "--fsid",
    fsid,
    "--addv",
    "a",
    `[v2:127.0.0.1:${ports.messenger2},v1:127.0.0.1:${ports.messenger1}]`,
    path.join(folder, "monmap"),
  ]);
  await ceph("ceph-mon", "--mkfs", "-i", "a", "--monmap", path.join(folder, "monmap"), "--keyring", path.join(folder, "mon.keyring"));
  start("ceph-mon", "-i", "a");

  const osd = randomUUID();
  await mkdir(path.join(folder, "osd"));
  const secret = (await run("ceph-authtool", ["--gen-print-key"])).stdout.trim();
  const secrets = path.join(folder, "osd.json");
  await writeFile(secrets, JSON.stringify({ cephx_secret: secret }));
  await ceph("ceph", "osd", "new", osd, "-i", secrets);
  await run("ceph-authtool", ["--create-keyring", path.join(folder, "osd", "keyring"), "-n", "osd.0", "--add-key", secret]);
  await ceph("ceph-osd", "--mkfs", "-i", "0", "--osd-uuid", osd);
  start("ceph-osd", "-i", "0");

  start("radosgw", "-n", "client.admin");
  const keys = { accessKeyId: randomBytes(10).toString("hex"), secretAccessKey: randomBytes(20).toString("hex") };
  await ceph(
    "radosgw-admin",
    "-n",
    "client.admin",
    "user",
    "create",
    "--uid=keeper",
    "--display-name=Keeper",
    `--access-key=${keys.accessKeyId}`,
    `--secret-key=${keys.secretAccessKey}`,
  );
  const endpoint = `http://127.0.0.1:${ports.http}`;
  await answered(endpoint, children);
  return withBuckets({ endpoint, region: "us-east-1", ...keys });
}

function describeCluster(folder: string, fsid: string, ports: { messenger2: number; messenger1: number; http: number }): string {
  return [
    "[global]",
    `fsid = ${fsid}`,
    `mon_host = [v2:127.0.0.1:${ports.messenger2},v1:127.0.0.1:${ports.messenger1}]`,
    "mon_initial_members = a",
    // Without authentication ("none") radosgw hangs.
    "auth_cluster_required = cephx",
    "auth_service_required = cephx",
    "auth_client_required = cephx",
    `keyring = ${folder}/admin.keyring`,
    "public_addr = 127.0.0.1",
    `run_dir = ${folder}`,
    `admin_socket = ${folder}/$name.$pid.asok`,
    `log_file = ${folder}/$name.log`,
    `mon_cluster_log_file = ${folder}/cluster.log`,
    `crash_dir = ${folder}`,
    "osd_pool_default_size = 1",
    "osd_pool_default_min_size = 1",
    "osd_pool_default_pg_num = 2",
    "osd_pool_default_pg_autoscale_mode = off",
    "osd_crush_chooseleaf_type = 0",
    "mon_allow_pool_size_one = true",
    "mon_max_pg_per_osd = 2000",
    "[mon.a]",
    `mon_data = ${folder}/mon`,
    "[osd]",
    "osd_objectstore = memstore",
    "memstore_device_bytes = 4294967296",
    `osd_data = ${folder}/osd`,
    `keyring = ${folder}/osd/keyring`,
    "[client.admin]",
    `rgw_data = ${folder}/rgw`,
    `rgw_frontends = beast endpoint=127.0.0.1:${ports.http}`,
    // Else removed objects stay for two hours, the memory store fills up and writes hang.
    "rgw_gc_obj_min_wait = 2",
    "rgw_gc_processor_period = 5",
    "",
  ].join("\n");
}

async function makeKeys(folder: string): Promise<void> {
  const admin = path.join(folder, "admin.keyring");
  const mon = path.join(folder, "mon.keyring");
  const everything = ["mon", "osd", "mgr"].flatMap((service) => ["--cap", service, "allow *"]);
  await run("ceph-authtool", ["--create-keyring", admin, "--gen-key", "-n", "client.admin", ...everything]);
  await run("ceph-authtool", ["--create-keyring", mon, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *"]);
  await run("ceph-authtool", [mon, "--import-keyring", admin]);
}

function launch(tool: string, options: string[]): ChildProcess {
  const child = spawn(tool, options, { stdio: "ignore" });
  // Told by `answered`, with what to install.
  child.on("error", () => undefined);
  return child;
}

async function answered(endpoint: string, children: ChildProcess[]): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const answer = await fetch(endpoint).catch(() => null);
    if (answer?.ok) return;
    const dead = children.find((child) => child.exitCode !== null || child.signalCode !== null);
    if (dead) throw new Error(`${dead.spawnfile} ended.`);
    if (Date.now() > deadline) throw new Error("radosgw does not answer.");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function withBuckets(server: Omit<S3Server, "createBucket" | "stop">): Omit<S3Server, "stop"> {
  const { endpoint, region, accessKeyId, secretAccessKey } = server;
  return {
    ...server,
    async createBucket(name) {
      const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });
      try {
        await client.send(new CreateBucketCommand({ Bucket: name }));
      } catch (error) {
        if (!(error instanceof BucketAlreadyOwnedByYou)) throw error;
      } finally {
        client.destroy();
      }
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once("exit", resolve));
  // Nothing of it is kept, so nothing needs an orderly end.
  child.kill("SIGKILL");
  await exited;
}
