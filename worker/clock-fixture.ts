import type pg from "pg";
import { closeClients } from "#lib/db/client.ts";

const roles = ["holdfast_app", "holdfast_scheduler"];

/**
 * Lets every statement of the application see the database's clock so far ahead, or behind; null for as it is.
 *
 * @param admin connected as superuser to the database of the tests
 * @param interval as PostgreSQL writes it
 */
export async function setClockBy(admin: pg.Client, interval: string | null): Promise<void> {
  await admin.query("DROP SCHEMA IF EXISTS faked CASCADE");
  const { rows } = await admin.query<{ name: string }>("SELECT current_database() AS name");
  const database = rows[0]?.name ?? "";
  for (const role of roles) await admin.query(`ALTER ROLE ${role} IN DATABASE ${database} RESET search_path`);
  if (interval !== null) {
    await admin.query("CREATE SCHEMA faked");
    await admin.query("GRANT USAGE ON SCHEMA faked TO PUBLIC");
    await admin.query(
      `CREATE FUNCTION faked.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$ SELECT pg_catalog.clock_timestamp() + interval '${interval}' $$`,
    );
    for (const role of roles) await admin.query(`ALTER ROLE ${role} IN DATABASE ${database} SET search_path = faked, pg_catalog, public`);
  }
  // The setting is a new connection's.
  await closeClients();
}

/** Lets the application see the database's clock at this time, from where it goes on. */
export async function setClockTo(admin: pg.Client, time: string): Promise<void> {
  await setClockBy(admin, `${Date.parse(time) - Date.now()} milliseconds`);
}
