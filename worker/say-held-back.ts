import { notifyTenants } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { env } from "#lib/env.ts";
import { heldBack } from "#lib/runs/held-back.ts";

/** Rows that one round changes; the next one has the others. */
const MOST = 200;

/** Lets runs whose time has come say what they wait for; and nothing, once nothing holds them back: only that tells those that nobody begins. */
export async function sayHeldBack(db: Transaction): Promise<void> {
  const { HOLDFAST_TENANT_RUNS, HOLDFAST_DESTINATION_RUNS } = env();
  const reasons = heldBack();
  const said = await db.$queryRaw<{ tenantId: string }[]>`
    WITH under_way AS MATERIALIZED (SELECT tenant_id, system_id, destination_ids FROM runs WHERE status = 'running'),
    taken AS MATERIALIZED (
      SELECT COALESCE(array_agg(id), '{}') AS destinations FROM (
        SELECT id FROM under_way, unnest(destination_ids) AS id GROUP BY id HAVING count(*) >= ${HOLDFAST_DESTINATION_RUNS}) AS full_destination),
    waiting AS (
      SELECT id, waiting_for, CASE
        WHEN (tenant_id, system_id) IN (SELECT tenant_id, system_id FROM under_way) THEN ${reasons.running}
        WHEN (tenant_id, system_id) IN (SELECT tenant_id, target_system_id FROM restores WHERE status = 'running') THEN ${reasons.restoring}
        WHEN destination_ids && (SELECT destinations FROM taken) THEN ${reasons.destination}
        WHEN tenant_id IN (SELECT tenant_id FROM under_way GROUP BY tenant_id HAVING count(*) >= ${HOLDFAST_TENANT_RUNS}) THEN ${reasons.tenant}
        -- Said by the claim, and true for as long as others of its tenant are under way.
        WHEN waiting_for = ${reasons.turn} AND tenant_id IN (SELECT tenant_id FROM under_way) THEN waiting_for
        END AS reason
      FROM runs WHERE status = 'queued' AND COALESCE(queued_at, '-infinity') <= (SELECT clock_timestamp())),
    held AS (
      SELECT run.id, waiting.reason FROM waiting JOIN runs run ON run.id = waiting.id
      WHERE waiting.waiting_for IS DISTINCT FROM waiting.reason AND run.status = 'queued'
      LIMIT ${MOST} FOR UPDATE OF run SKIP LOCKED)
    UPDATE runs SET waiting_for = held.reason FROM held WHERE runs.id = held.id RETURNING runs.tenant_id AS "tenantId"`;
  await notifyTenants(
    db,
    said.map((run) => run.tenantId),
    ["runs"],
  );
}
