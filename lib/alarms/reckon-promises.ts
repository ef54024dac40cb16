import { acrossTenants } from "#lib/db/across-tenants.ts";
import type { Transaction } from "#lib/db/client.ts";
import { log } from "#lib/log.ts";
import { maximumAgeHours } from "#lib/schedule/contract.ts";
import { storedScheduleSchema } from "#lib/schedule/schemas.ts";

const AT_ONCE = 500;

interface Unreckoned {
  id: string;
  schedule: unknown;
}

/** Policies whose schedule this process could not read: said once each. */
const unreadable = new Set<string>();

/** Writes beside each enabled policy what its schedule promises, where that is new or was changed. Any number of workers may do it at once. */
export async function reckonPromises(): Promise<void> {
  for (let after = ""; ;) {
    const policies = await acrossTenants("scheduler", (db) => readUnreckoned(db, after));
    const reckoned = policies.flatMap((policy) => promiseOf(policy));
    if (reckoned.length > 0) await acrossTenants("scheduler", (db) => store(db, reckoned));
    const last = policies.at(-1);
    if (!last || policies.length < AT_ONCE) return;
    after = last.id;
  }
}

async function readUnreckoned(db: Transaction, after: string): Promise<Unreckoned[]> {
  return db.$queryRaw`
    SELECT id, schedule FROM policies
    WHERE promise_hours IS NULL AND enabled AND deleted_at IS NULL AND id > ${after} ORDER BY id LIMIT ${AT_ONCE}`;
}

function promiseOf({ id, schedule }: Unreckoned): { id: string; schedule: unknown; hours: number }[] {
  const parsed = storedScheduleSchema.safeParse(schedule);
  if (parsed.success) return [{ id, schedule, hours: maximumAgeHours(parsed.data) }];
  if (!unreadable.has(id)) log.error({ policyId: id, err: parsed.error }, "A policy's schedule cannot be read: it promises nothing");
  unreadable.add(id);
  return [];
}

/** Only beside the schedule that it was reckoned from. */
async function store(db: Transaction, reckoned: { id: string; schedule: unknown; hours: number }[]): Promise<void> {
  await db.$executeRaw`
    UPDATE policies SET promise_hours = given.hours
    FROM jsonb_to_recordset(${JSON.stringify(reckoned)}::jsonb) AS given (id text, schedule jsonb, hours int)
    WHERE policies.id = given.id AND policies.schedule = given.schedule AND policies.promise_hours IS NULL`;
}
