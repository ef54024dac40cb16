import type pg from "pg";
import { asSuperuser, type BenchDatabase } from "./bench-installation.ts";

const TENANTS = 500;
/** Backups that each policy keeps; the rows of older ones stay, too. */
const KEPT = 30;
/** Of all policies, one in so many has a run that is due now. */
export const DUE_ONE_IN = 200;

/**
 * Fills an installation with policies of one system each that have run daily for long: all their past runs with their backups, of which the last ones are
 * kept, and the next two of each, of which some are due now. Rows only: nothing of them lies in a destination.
 */
export async function fillHistory(database: BenchDatabase, { policies, pastRuns }: { policies: number; pastRuns: number }): Promise<void> {
  await asSuperuser(database, async (client) => {
    // No foreign key is looked up five million times; indexes are built once.
    await client.query("SET session_replication_role = replica");
    await client.query("SET maintenance_work_mem = '512MB'");
    await addPolicies(client, policies);
    const indexes = await dropIndexes(client);
    await addRuns(client, Math.ceil(pastRuns / policies));
    await addBackups(client);
    for (const definition of indexes) await client.query(definition);
    await client.query("VACUUM ANALYZE");
  });
}

async function addPolicies(client: pg.Client, policies: number): Promise<void> {
  await client.query(
    "INSERT INTO tenants (id, slug, name, wrapped_data_key) SELECT 'ten_' || t, 'ten-' || t, t, '' FROM generate_series(1, $1::int) t",
    [TENANTS],
  );
  await client.query(
    "INSERT INTO destinations (tenant_id, id, name, kind, config) SELECT 'ten_' || t, 'dst_' || t, t, 'local', '{\"path\":\".\"}' FROM generate_series(1, $1::int) t",
    [TENANTS],
  );
  // The minute of the day that has just begun for those that are due, and another one for each of the others.
  await client.query(
    `CREATE TEMPORARY TABLE plan AS
     SELECT 'ten_' || (1 + p % ${TENANTS}) AS tenant_id, 'pol_' || p AS policy_id, 'sys_' || p AS system_id, 'dst_' || (1 + p % ${TENANTS}) AS destination_id,
       date_trunc('minute', now()) + make_interval(mins => CASE WHEN p % ${DUE_ONE_IN} = 0 THEN 0 ELSE 30 + p % 1380 END) AS due_at
     FROM generate_series(1, $1::int) p`,
    [policies],
  );
  await client.query(
    "INSERT INTO systems (tenant_id, id, name, kind, config) SELECT tenant_id, system_id, system_id, 'bench', '{}' FROM plan",
  );
  await client.query(
    `INSERT INTO policies (tenant_id, id, name, schedule, retention)
     SELECT tenant_id, policy_id, policy_id, jsonb_build_object('kind', 'daily', 'at', to_char(due_at AT TIME ZONE 'UTC', 'HH24:MI'), 'timeZone', 'UTC'),
       $1::jsonb FROM plan`,
    [JSON.stringify({ keepLast: KEPT })],
  );
  await client.query(
    "INSERT INTO policy_systems (tenant_id, policy_id, system_id, plan_at) SELECT tenant_id, policy_id, system_id, due_at FROM plan",
  );
  await client.query(
    "INSERT INTO policy_destinations (tenant_id, policy_id, destination_id) SELECT tenant_id, policy_id, destination_id FROM plan",
  );
}

/** Answers how to make them again. */
async function dropIndexes(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
     WHERE indrelid = ANY('{runs,backups,backup_copies}'::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)`,
  );
  for (const { name } of rows) await client.query(`DROP INDEX ${name}`);
  return rows.map(({ definition }) => definition);
}

async function addRuns(client: pg.Client, pastOfEach: number): Promise<void> {
  await client.query(
    `INSERT INTO runs (tenant_id, id, policy_id, system_id, trigger, occurrence, due_at, status, attempt, destination_ids, created_at, queued_at, started_at,
       finished_at)
     SELECT tenant_id, 'run_' || policy_id || '_' || day, policy_id, system_id, 'schedule',
       to_char((due_at + make_interval(days => day)) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI') || '[UTC]', due_at + make_interval(days => day),
       CASE WHEN day >= 0 THEN 'scheduled' WHEN day % 50 = 0 THEN 'failed' ELSE 'completed' END, CASE WHEN day >= 0 THEN 0 ELSE 1 END,
       ARRAY[destination_id], due_at + make_interval(days => day - 2),
       CASE WHEN day < 0 THEN due_at + make_interval(days => day) END, CASE WHEN day < 0 THEN due_at + make_interval(days => day) END,
       CASE WHEN day < 0 THEN due_at + make_interval(days => day, secs => 3) END
     FROM plan, generate_series(-$1::int, 1) AS day`,
    [pastOfEach],
  );
}

async function addBackups(client: pg.Client): Promise<void> {
  await client.query(
    "INSERT INTO keys (tenant_id, id, mode, fingerprint, recovery_recipients) SELECT id, 'key_' || id, 'off', '', '{}' FROM tenants",
  );
  await client.query(
    `INSERT INTO backups (tenant_id, id, system_id, run_id, policy_id, attempt, status, trigger, key_id, size_bytes, sha256, format_version, system_kind,
       system_name, product_version, not_in_backup, proven, verified_at, created_at)
     SELECT tenant_id, 'bak_' || id, system_id, id, policy_id, 1,
       CASE WHEN due_at > now() - make_interval(days => $1::int) THEN 'completed' ELSE 'deleted' END, 'schedule', 'key_' || tenant_id, 1000,
       md5(id) || md5(id), 1, 'bench', system_id, '1', '{}', 'valid', finished_at, finished_at
     FROM runs WHERE status = 'completed'`,
    [KEPT],
  );
  await client.query(
    `INSERT INTO backup_copies (tenant_id, backup_id, destination_id, object_key, description_key, status, verified_at, created_at)
     SELECT tenant_id, id, replace(tenant_id, 'ten', 'dst'), tenant_id || '/' || id, tenant_id || '/' || id || '.json',
       CASE status WHEN 'completed' THEN 'stored' ELSE 'deleted' END, verified_at, created_at
     FROM backups`,
  );
}
