import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { S3Server } from "#e2e/servers/radosgw.ts";
import type { Sshd } from "#e2e/servers/sshd.ts";
import type { WebhookReceiver } from "#e2e/servers/webhook-receiver.ts";
import { seededRandom } from "#lib/archive/seeded-random.ts";
import type { Context } from "#lib/auth/context.ts";
import { unprotectIdentity } from "#lib/crypto/passphrase.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { createDestination } from "#lib/destinations/create-destination.ts";
import { setCurrentKey } from "#lib/keys/set-current-key.ts";
import { createPolicy } from "#lib/policies/create-policy.ts";
import { createSystem } from "#lib/systems/create-system.ts";
import { createTestTenant } from "#lib/tenants/tenant-fixture.ts";
import { createWebhook } from "#lib/webhooks/create-webhook.ts";
import { type BucketFacts, type Contents, folderContents, bucketContents } from "./contents.ts";

/**
 * Short, so that a killed worker is noticed in seconds; long enough that a living one on a busy machine rarely looks dead: with a lease of three seconds and
 * twenty processes on two cores, such losses took runs their last attempt.
 */
export const SHORT_TIMES = {
  HOLDFAST_LEASE_SECONDS: "6",
  HOLDFAST_HEARTBEAT_SECONDS: "0.3",
  HOLDFAST_DISPATCH_SECONDS: "0.3",
};

/** One part of an S3 upload and a bit: such an archive is sent in parts. */
const LARGE_BYTES = 9 * 1024 * 1024;

const MINUTE_MS = 60_000;

/** Events of a run that has ended. */
const ENDS = ["run.completed", "run.partial", "run.failed"];

export interface KillTenant {
  id: string;
  owner: Context;
  policyId: string;
  destinationId: string;
  /** One of a few small files, one with a large one. */
  systemIds: string[];
  /** The age identity that opens all of the tenant's backups. */
  identity: string;
}

/** Where the killing goes on: tenants with systems, a policy that keeps one backup of each, and one destination. */
export interface Ground {
  tenants: KillTenant[];
  /** What the workers are started with. */
  environment: Record<string, string>;
  /** Looks into the destination past everything of ours. */
  contents: Contents;
  /** Told of every run's end; null where nobody is. */
  receiver: WebhookReceiver | null;
  /** A time in the past that no run was due at before: an occurrence is there once. */
  nextDueAt(): Date;
}

export interface GroundOptions {
  environment: Record<string, string>;
  dataDir: string;
  sshd: Sshd;
  /** Null for a folder of this machine. */
  s3: { server: S3Server; bucket: string } | null;
  receiver: WebhookReceiver | null;
  tenants: number;
}

/** Makes the tenants in the installation that this process is. */
export async function makeGround({ environment, dataDir, sshd, s3, receiver, tenants }: GroundOptions): Promise<Ground> {
  writeSources(sshd);
  const bucket = s3 && { ...bucketFacts(s3.server), bucket: s3.bucket };
  if (s3) await s3.server.createBucket(s3.bucket);
  const made: KillTenant[] = [];
  for (let number = 1; number <= tenants; number += 1) {
    const tenant = await makeTenant(sshd, bucket);
    if (receiver) await createWebhook.execute(tenant.owner, { name: "Receiver", url: `${receiver.origin}/${tenant.id}`, types: ENDS });
    made.push(tenant);
  }
  const contents = bucket ? bucketContents(bucket) : folderContents(join(dataDir, "local"));
  return { tenants: made, environment, contents, receiver, nextDueAt: minutesBackwards() };
}

/** The first is longer ago than the policy's window, so that no run waits for its turn. */
function minutesBackwards(): () => Date {
  let minute = Math.floor(Date.now() / MINUTE_MS) - 2;
  return () => new Date(minute-- * MINUTE_MS);
}

function bucketFacts({ endpoint, region, accessKeyId, secretAccessKey }: S3Server): Omit<BucketFacts, "bucket"> {
  return { endpoint, region, accessKeyId, secretAccessKey };
}

function writeSources(sshd: Sshd): void {
  for (const name of ["small", "large"]) mkdirSync(join(sshd.root, name, "conf.d"), { recursive: true });
  writeFileSync(join(sshd.root, "small", "main.conf"), "listen 80\n");
  writeFileSync(join(sshd.root, "small", "conf.d", "site.conf"), "root /srv\n".repeat(5000));
  writeFileSync(join(sshd.root, "large", "state.bin"), seededRandom(1).bytes(LARGE_BYTES));
}

async function makeTenant(sshd: Sshd, bucket: BucketFacts | null): Promise<KillTenant> {
  const { id, owner } = await createTestTenant();
  const passphrase = "violet-hammer-orbit-lantern-squid";
  await setCurrentKey.execute(owner, { mode: "passphrase", passphrase });
  const key = await withTenant(id, (db) => db.key.findFirstOrThrow({ where: { retiredAt: null } }));
  const identity = await unprotectIdentity(Buffer.from(key.protectedIdentity ?? ""), passphrase);
  const destinationId = bucket ? await addBucket(owner, bucket) : await firstDestination(id);
  const systemIds: string[] = [];
  for (const name of ["small", "large"]) {
    const { host, port, user, privateKey, hostKeyFingerprint } = sshd;
    const config = { host, port, user, privateKey, hostKey: `ssh-ed25519 ${hostKeyFingerprint}`, path: join(sshd.root, name) };
    systemIds.push((await createSystem.execute(owner, { name: `Folder ${name}`, kind: "folder", config })).id);
  }
  // What the set-up made would come due by itself.
  await withTenant(id, (db) => db.policy.updateMany({ data: { enabled: false } }));
  const policy = await createPolicy.execute(owner, {
    name: "Kill",
    systemIds,
    destinationIds: [destinationId],
    schedule: { kind: "daily", at: "00:00", timeZone: "UTC" },
    retention: { keepLast: 1 },
    windowMinutes: 1,
  });
  return { id, owner, policyId: policy.id, destinationId, systemIds, identity };
}

async function firstDestination(tenantId: string): Promise<string> {
  return (await withTenant(tenantId, (db) => db.destination.findFirstOrThrow({ where: { kind: "local" } }))).id;
}

async function addBucket(owner: Context, facts: BucketFacts): Promise<string> {
  return (await createDestination.execute(owner, { name: "Bucket", kind: "s3", config: { ...facts, prefix: "kill" } })).id;
}
