import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import type { Context } from "#lib/auth/context.ts";
import { type Role, roles } from "#lib/auth/permissions.ts";
import { closeClients, type Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { ForbiddenError, HoldfastError, NotFoundError } from "#lib/errors.ts";
import { operations } from "#lib/http/operations.ts";
import { newId } from "#lib/ids.ts";
import { createTenant } from "#lib/tenants/create-tenant.ts";
import { finishTenant } from "#lib/tenants/finish-tenant.ts";
import { newEndpoint, sealEndpoint } from "#lib/webhooks/sealed-endpoint.ts";

// Written by hand from who may do what, not from the permission table under test.
const everyone: readonly Role[] = roles;
const auditors: readonly Role[] = ["auditor", "admin", "owner"];
const operators: readonly Role[] = ["operator", "admin", "owner"];
const restorers: readonly Role[] = ["restorer", "admin", "owner"];
const admins: readonly Role[] = ["admin", "owner"];
const owners: readonly Role[] = ["owner"];

const matrix: Record<string, readonly Role[]> = {
  getOverview: everyone,
  listConnectors: everyone,
  listSystems: everyone,
  getSystem: everyone,
  createSystem: operators,
  updateSystem: operators,
  validateSystem: operators,
  validateStoredSystem: operators,
  deleteSystem: admins,
  getSystemRetention: everyone,
  confirmSystemRetention: admins,
  listDestinations: everyone,
  getDestination: everyone,
  createDestination: operators,
  updateDestination: operators,
  validateDestination: operators,
  validateStoredDestination: operators,
  describeSetUp: operators,
  deleteDestination: admins,
  listPolicies: everyone,
  getPolicy: everyone,
  previewPolicy: everyone,
  createPolicy: operators,
  updatePolicy: operators,
  deletePolicy: admins,
  startPolicyRuns: operators,
  listRuns: everyone,
  getRun: everyone,
  cancelRun: operators,
  retryRun: operators,
  listBackups: everyone,
  getBackup: everyone,
  startBackup: operators,
  deleteBackup: admins,
  recoverBackup: admins,
  eraseBackup: admins,
  pinBackup: operators,
  unpinBackup: operators,
  previewDeletion: everyone,
  confirmClock: owners,
  verifyBackup: operators,
  cancelVerification: operators,
  addCopy: operators,
  retryCopy: operators,
  startDownload: restorers,
  startSystemExport: restorers,
  getSystemNumberGaps: everyone,
  listRestores: everyone,
  getRestore: everyone,
  planRestore: restorers,
  executeRestore: restorers,
  cancelRestore: restorers,
  listKeys: everyone,
  getKey: everyone,
  setCurrentKey: admins,
  exportKeyIdentity: restorers,
  getKeyChallenge: everyone,
  getRecoverySheet: everyone,
  proveKey: restorers,
  protectKey: admins,
  adoptKey: admins,
  listMembers: auditors,
  changeRole: admins,
  removeMember: admins,
  listInvitations: auditors,
  inviteMember: admins,
  revokeInvitation: admins,
  listWebhooks: auditors,
  getWebhook: auditors,
  createWebhook: admins,
  updateWebhook: admins,
  deleteWebhook: admins,
  testWebhook: admins,
  rotateWebhookSecret: admins,
  listDeliveries: auditors,
  getDelivery: auditors,
  redeliver: admins,
  getNotices: everyone,
  getMailChoice: everyone,
  chooseMail: everyone,
  sendTestMail: everyone,
  listAudit: auditors,
  getSettings: auditors,
  updateSettings: admins,
};

const PASSWORD = "correct horse battery staple";

let installation: TestInstallation;
let first: Tenant;
let second: Tenant;

interface Tenant {
  context: Context;
  ids: Record<string, string>;
}

beforeAll(async () => {
  installation = await createTestInstallation();
  first = await makeTenant("first");
  second = await makeTenant("second");
});

afterAll(async () => {
  await closeClients();
  await installation.remove();
});

test("every operation has its line in the matrix, and every line its operation", () => {
  expect(operations.map((operation) => operation.name).sort()).toEqual(Object.keys(matrix).sort());
});

describe.each(operations.map((operation) => [operation.name, operation] as const))("%s", (name, operation) => {
  test.each(roles)("as %s", async (role) => {
    const context = { ...second.context, actor: { ...second.context.actor, role } };
    // Nothing has this id, and nothing required is given: whoever may, gets past the permission and no further.
    const failure = await failureOf(() => operation.execute(context, { id: "none" }));
    expect(failure instanceof ForbiddenError).toBe(!(matrix[name] ?? []).includes(role));
    expect(failure === null || failure instanceof HoldfastError).toBe(true);
  });

  test("with another tenant's id", async () => {
    const foreign = foreignInput(name);
    const failure = await failureOf(() => operation.execute(second.context, foreign));
    if (!usesIds(operation.http.path, foreign)) return;
    expect(failure).toBeInstanceOf(NotFoundError);
  });
});

async function failureOf(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work();
    return null;
  } catch (error) {
    return error;
  }
}

/** A valid input whose ids are all the first tenant's. */
function foreignInput(name: string): Record<string, unknown> {
  const noun =
    /(System|Destination|Polic|Run|Backup|Restore|Key|Sheet|Member|Role|Invitation|Download|Verification|Copy|Webhook|Delivery|redeliver)/.exec(
      name.replace(/StoredS/, "S"),
    )?.[1] ?? "";
  const idOf: Record<string, string> = {
    System: "system",
    Destination: "destination",
    Polic: "policy",
    Run: "run",
    Backup: "backup",
    Restore: "restore",
    Key: "key",
    Sheet: "key",
    Member: "member",
    Role: "member",
    Invitation: "invitation",
    Download: "backup",
    Verification: "backup",
    Copy: "backup",
    Webhook: "webhook",
    Delivery: "delivery",
    redeliver: "delivery",
  };
  const more: Record<string, Record<string, unknown>> = {
    updateSystem: { name: "mine now" },
    updateDestination: { name: "mine now" },
    updatePolicy: { name: "mine now" },
    changeRole: { role: "viewer" },
    startBackup: { systemId: first.ids.system },
    addCopy: { destinationId: first.ids.destination },
    retryCopy: { destinationId: first.ids.destination },
    startDownload: { password: PASSWORD },
    startSystemExport: { password: PASSWORD },
    eraseBackup: { password: PASSWORD },
    confirmSystemRetention: { acknowledgeDeletes: 0, password: PASSWORD },
    exportKeyIdentity: { password: PASSWORD },
    proveKey: { answer: "six words" },
    protectKey: { password: PASSWORD, passphrase: "old", newPassphrase: "violet-hammer-orbit-lantern-squid" },
    adoptKey: { password: PASSWORD },
    planRestore: { backupId: first.ids.backup, targetSystemId: first.ids.system },
    executeRestore: { planHash: "0".repeat(64), password: PASSWORD },
  };
  return { id: first.ids[idOf[noun] ?? ""] ?? "none", ...more[name] };
}

function usesIds(path: string, input: Record<string, unknown>): boolean {
  return path.includes("{id}") || "systemId" in input || "backupId" in input;
}

async function makeTenant(slug: string): Promise<Tenant> {
  const email = `${slug}@example.test`;
  const { tenantId, accountId } = await createTenant({ slug, tenantName: slug, email, name: slug, password: PASSWORD });
  await finishTenant(tenantId);
  const ids = await withTenant(tenantId, async (db) => {
    const [system, destination, policy, key, member] = await Promise.all([
      db.system.findFirstOrThrow({ select: { id: true } }),
      db.destination.findFirstOrThrow({ select: { id: true } }),
      db.policy.findFirstOrThrow({ select: { id: true } }),
      db.key.findFirstOrThrow({ select: { id: true } }),
      db.member.findFirstOrThrow({ select: { id: true } }),
    ]);
    const made = {
      run: newId("run"),
      backup: newId("backup"),
      restore: newId("restore"),
      invitation: newId("invitation"),
      ...(await makeWebhook(db)),
    };
    await db.run.createMany({
      data: [
        {
          id: made.run,
          policyId: policy.id,
          systemId: system.id,
          trigger: "person",
          dueAt: new Date(),
          status: "completed",
          destinationIds: [],
        },
      ],
    });
    await db.backup.createMany({
      data: [
        {
          id: made.backup,
          systemId: system.id,
          runId: made.run,
          attempt: 1,
          status: "completed",
          trigger: "person",
          keyId: key.id,
          formatVersion: 1,
          systemKind: "tenant-configuration",
          systemName: "x",
          productVersion: "0.1.0",
          notInBackup: [],
        },
      ],
    });
    await db.restore.createMany({
      data: [{ id: made.restore, backupId: made.backup, targetSystemId: system.id, status: "planned", parts: [], requestedBy: member.id }],
    });
    await db.invitation.createMany({
      data: [
        {
          id: made.invitation,
          email: "x@example.test",
          role: "viewer",
          tokenHash: slug,
          invitedBy: member.id,
          expiresAt: new Date(Date.now() + 86_400_000),
        },
      ],
    });
    return { system: system.id, destination: destination.id, policy: policy.id, key: key.id, member: member.id, ...made };
  });
  const actor = {
    kind: "member" as const,
    accountId,
    memberId: ids.member,
    sessionId: newId("session"),
    email,
    name: slug,
    role: "owner" as const,
  };
  return { context: { actor, tenant: { id: tenantId, slug, name: slug }, address: null }, ids };
}

async function makeWebhook(db: Transaction): Promise<{ webhook: string; delivery: string }> {
  const made = { webhook: newId("webhook"), delivery: newId("delivery") };
  const sealedSecrets = await sealEndpoint(db, made.webhook, newEndpoint("https://hooks.example/path"));
  await db.webhook.createMany({ data: [{ id: made.webhook, name: "x", origin: "https://hooks.example", sealedSecrets, types: [] }] });
  const eventId = newId("event");
  await db.event.createMany({ data: [{ id: eventId, type: "test", data: { message: "x" } }] });
  await db.delivery.createMany({ data: [{ id: made.delivery, webhookId: made.webhook, eventId, status: "failed" }] });
  return made;
}
