import type pg from "pg";
import { generateDataKey, wrapDataKey } from "#lib/crypto/data-key.ts";
import { closeClients } from "#lib/db/client.ts";
import { newId } from "#lib/ids.ts";
import { masterKey } from "#lib/installation.ts";
import { finishTenant } from "#lib/tenants/finish-tenant.ts";
import { asSuperuser, type BenchDatabase, enter } from "./bench-installation.ts";

const SYSTEMS_OF_A_POLICY = 500;
const AT_ONCE = 8;
const RETENTION = { keepLast: 30 };

/**
 * Fills a database with tenants of so many systems each, in policies whose window is no minute, so that nothing spreads them on purpose. Each tenant has
 * what every tenant begins with: a managed key and a local destination; its own configuration is kept by no policy here.
 */
export async function fill(database: BenchDatabase, shares: readonly number[]): Promise<void> {
  enter(database);
  await asSuperuser(database, async (client) => {
    const tenants = shares.map((systems) => ({ id: newId("tenant"), systems }));
    const wrapped = tenants.map(({ id }) => wrapDataKey(masterKey(), generateDataKey(), id));
    await client.query(
      `INSERT INTO tenants (id, slug, name, wrapped_data_key)
       SELECT id, replace(id, '_', '-'), 'Benchmark', key FROM unnest($1::text[], $2::text[]) AS t (id, key)`,
      [tenants.map(({ id }) => id), wrapped],
    );
    for (let from = 0; from < tenants.length; from += AT_ONCE) {
      await Promise.all(tenants.slice(from, from + AT_ONCE).map(({ id }) => finishTenant(id)));
    }
    await client.query("DELETE FROM policies");
    await addSystems(client, tenants);
    await client.query("VACUUM ANALYZE");
  });
  await closeClients();
}

async function addSystems(client: pg.Client, tenants: readonly { id: string; systems: number }[]): Promise<void> {
  const rows = tenants.flatMap((tenant) => {
    const policies = Array.from({ length: Math.ceil(tenant.systems / SYSTEMS_OF_A_POLICY) }, () => newId("policy"));
    return Array.from({ length: tenant.systems }, (_, index) => ({
      tenantId: tenant.id,
      systemId: newId("system"),
      policyId: policies[index % policies.length] ?? "",
    }));
  });
  await client.query("CREATE TEMPORARY TABLE rows (tenant_id text, system_id text, policy_id text)");
  await client.query("INSERT INTO rows SELECT * FROM unnest($1::text[], $2::text[], $3::text[])", [
    rows.map((row) => row.tenantId),
    rows.map((row) => row.systemId),
    rows.map((row) => row.policyId),
  ]);
  await client.query(
    "INSERT INTO systems (tenant_id, id, name, kind, config) SELECT tenant_id, system_id, system_id, 'bench', '{}' FROM rows",
  );
  await client.query(
    `INSERT INTO policies (tenant_id, id, name, schedule, retention, window_minutes)
     SELECT DISTINCT tenant_id, policy_id, policy_id, '{"kind":"daily","at":"01:00","timeZone":"UTC"}'::jsonb, $1::jsonb, 0 FROM rows`,
    [JSON.stringify(RETENTION)],
  );
  await client.query("INSERT INTO policy_systems (tenant_id, policy_id, system_id) SELECT tenant_id, policy_id, system_id FROM rows");
  await client.query(
    `INSERT INTO policy_destinations (tenant_id, policy_id, destination_id)
     SELECT policy.tenant_id, policy.id, destination.id FROM policies policy JOIN destinations destination ON destination.tenant_id = policy.tenant_id`,
  );
  await client.query("DROP TABLE rows");
}

/** Lets every policy run daily at that whole minute, and writes the next two runs down as the ledger does. */
export async function planAll(database: BenchDatabase, dueAt: Date): Promise<void> {
  const minute = dueAt.toISOString().slice(11, 16);
  await asSuperuser(database, async (client) => {
    await client.query("UPDATE policies SET schedule = $1::jsonb", [JSON.stringify({ kind: "daily", at: minute, timeZone: "UTC" })]);
    await client.query(
      `INSERT INTO runs (tenant_id, id, policy_id, system_id, trigger, occurrence, due_at, status, attempts, destination_ids)
       SELECT link.tenant_id, 'run_' || replace(gen_random_uuid()::text, '-', ''), link.policy_id, link.system_id, 'schedule',
         to_char(due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI') || '[UTC]', due_at, 'scheduled', 3,
         ARRAY(SELECT destination_id FROM policy_destinations d WHERE d.tenant_id = link.tenant_id AND d.policy_id = link.policy_id)
       FROM policy_systems link, unnest(ARRAY[$1::timestamptz, $1::timestamptz + interval '1 day']) AS due_at`,
      [dueAt],
    );
    await client.query("UPDATE policy_systems SET plan_at = $1", [dueAt]);
    await client.query("VACUUM ANALYZE");
  });
}
