import { setTimeout as delay } from "node:timers/promises";
import { startBackup } from "#lib/backups/start-backup.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { newId } from "#lib/ids.ts";
import { updatePolicy } from "#lib/policies/update-policy.ts";
import type { Ground, KillTenant } from "./ground.ts";

/** A run that must come to its end. */
export interface DueRun {
  tenant: KillTenant;
  id: string;
}

const FINAL = ["completed", "partial", "failed", "cancelled", "missed"];

/** Makes runs due, wave by wave: of each system one that its policy's schedule asked for a while ago, and of each tenant one that a person asks for. */
export class Waves {
  /** Every run that was made due so far. */
  readonly all: DueRun[] = [];
  readonly #ground: Ground;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  async begin(): Promise<void> {
    await this.beginScheduled();
    for (const tenant of this.#ground.tenants) this.all.push(await ask(tenant));
  }

  /** Only those of the schedules. */
  async beginScheduled(): Promise<void> {
    const dueAt = this.#ground.nextDueAt();
    for (const tenant of this.#ground.tenants) this.all.push(...(await beginOf(tenant, dueAt)));
  }

  /** Runs that have not ended. */
  async underWay(): Promise<DueRun[]> {
    const open = await Promise.all(this.#ground.tenants.map((tenant) => this.#underWayOf(tenant)));
    return open.flat();
  }

  /** Resolves when every run has ended, or answers those that have not when the time is up. */
  async ended(withinMs: number): Promise<DueRun[]> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const open = await this.underWay();
      if (open.length === 0 || performance.now() > deadline) return open;
      await delay(100);
    }
  }

  async #underWayOf(tenant: KillTenant): Promise<DueRun[]> {
    const mine = this.all.filter((run) => run.tenant.id === tenant.id);
    const where = { id: { in: mine.map((run) => run.id) }, status: { in: FINAL } };
    const over = await withTenant(tenant.id, (db) => db.run.findMany({ where, select: { id: true } }));
    return mine.filter((run) => !over.some(({ id }) => id === run.id));
  }
}

async function beginOf(tenant: KillTenant, dueAt: Date): Promise<DueRun[]> {
  const minute = dueAt.toISOString().slice(0, 16);
  await updatePolicy.execute(tenant.owner, { id: tenant.policyId, schedule: { kind: "daily", at: minute.slice(11), timeZone: "UTC" } });
  const planned = tenant.systemIds.map((systemId) => ({ id: newId("run"), systemId, occurrence: `${minute}[UTC]`, dueAt }));
  const common = { policyId: tenant.policyId, destinationIds: [tenant.destinationId], trigger: "schedule", status: "scheduled" };
  await withTenant(tenant.id, (db) => db.run.createMany({ data: planned.map((run) => ({ ...run, ...common })) }));
  return planned.map(({ id }) => ({ tenant, id }));
}

async function ask(tenant: KillTenant): Promise<DueRun> {
  const { id } = await startBackup.execute(tenant.owner, { systemId: tenant.systemIds[0] ?? "", destinationIds: [tenant.destinationId] });
  return { tenant, id };
}
