import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { createTestTenant } from "#lib/tenants/tenant-fixture.ts";

const DAY_MS = 86_400_000;

/** A tenant with one policy over many systems, none of which is ever reached. */
export interface Crowd {
  tenantId: string;
  policyId: string;
  systemIds: string[];
  destinationId: string;
}

/** Makes it; the policies that a tenant begins with are gone. */
export async function createCrowd(
  systems: number,
  policy: { schedule?: object; catchUp?: string; windowMinutes?: number } = {},
): Promise<Crowd> {
  const { id: tenantId } = await createTestTenant();
  const policyId = newId("policy");
  const systemIds = Array.from({ length: systems }, () => newId("system"));
  const schedule = policy.schedule ?? { kind: "daily", at: "04:00", timeZone: "UTC" };
  return withTenant(tenantId, async (db) => {
    const destination = await db.destination.findFirstOrThrow();
    await db.policy.updateMany({ data: { enabled: false } });
    await db.system.createMany({ data: systemIds.map((id) => ({ id, name: id, kind: "folder", config: {} })) });
    const { catchUp = "latest", windowMinutes = 60 } = policy;
    await db.policy.createMany({ data: [{ id: policyId, name: "Crowd", schedule, retention: { keepLast: 3 }, catchUp, windowMinutes }] });
    await db.policySystem.createMany({ data: systemIds.map((systemId) => ({ policyId, systemId })) });
    await db.policyDestination.createMany({ data: [{ policyId, destinationId: destination.id }] });
    return { tenantId, policyId, systemIds, destinationId: destination.id };
  });
}

/** Writes runs of the crowd down, one for each of its systems. Answers their ids. */
export async function addRuns(
  crowd: Crowd,
  run: { status: string; trigger?: string; dueAt: Date; queuedAt?: Date; occurrence?: string },
  systemIds = crowd.systemIds,
): Promise<string[]> {
  const rows = systemIds.map((systemId) => {
    const fields = { policyId: crowd.policyId, systemId, destinationIds: [crowd.destinationId] };
    return { id: newId("run"), trigger: "schedule", queuedAt: null, occurrence: null, ...fields, ...run };
  });
  await withTenant(crowd.tenantId, (db) => db.run.createMany({ data: rows }));
  return rows.map((row) => row.id);
}

/** A daily schedule whose last time was some minutes ago, and that time `days` days earlier. */
export function dailyUntil(minutesAgo: number, days: number) {
  const last = Math.floor(Date.now() / 60_000 - minutesAgo) * 60_000;
  const time = new Date(last).toISOString().slice(11, 16);
  const dueAt = new Date(last - days * DAY_MS);
  return { schedule: { kind: "daily", at: time, timeZone: "UTC" }, dueAt, occurrence: `${dueAt.toISOString().slice(0, 16)}[UTC]` };
}
