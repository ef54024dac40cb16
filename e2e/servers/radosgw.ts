import { execFile, spawn, type ChildProcess } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { BucketAlreadyOwnedByYou, CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { findFreePort } from "#e2e/servers/free-port.ts";

/** What leads to a server, and can be told to another process. */
export interface S3Facts {
  endpoint: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** The ceph.conf by which users and quotas can be made; null for a server that the tests did not start. */
  configuration: string | null;
}

export interface S3Server extends S3Facts {
  /** Succeeds when it is there already. It is the server's own user's when nobody else is named. */
  createBucket(name: string, owner?: { accessKeyId: string; secretAccessKey: string }): Promise<void>;
  stop(): Promise<void>;
}

const run = promisify(execFile);
const PACKAGES = "install the packages ceph-mon, ceph-osd, ceph-common and radosgw, or name another S3 by HOLDFAST_TEST_S3_ENDPOINT";
/** The one key that the server's key service knows. */
export const KMS_KEY = "archives";
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
    return { ...connectS3(await startCluster(folder, children)), stop };
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
  return connectS3({ endpoint, region: "us-east-1", accessKeyId, secretAccessKey, configuration: null });
}

async function startCluster(folder: string, children: ChildProcess[]): Promise<S3Facts> {
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
  return { endpoint, region: "us-east-1", ...keys, configuration };
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
    // A key service for tests, with one key; see KMS_KEY.
    "rgw_crypt_require_ssl = false",
    "rgw_crypt_s3_kms_backend = testing",
    `rgw_crypt_s3_kms_encryption_keys = ${KMS_KEY}=${Buffer.alloc(32, "k").toString("base64")}`,
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

/** A server that runs already; `stop` leaves it running. */
export function connectS3(facts: S3Facts): S3Server {
  const { endpoint, region, accessKeyId, secretAccessKey } = facts;
  return {
    ...facts,
    stop: () => Promise.resolve(),
    async createBucket(name, credentials = { accessKeyId, secretAccessKey }) {
      const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials });
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
