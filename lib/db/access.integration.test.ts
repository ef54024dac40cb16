import pg from "pg";
import { expect, test } from "vitest";
import { createTestDatabase } from "#e2e/servers/postgres.ts";

// The list beside this file is read before it is changed (vitest -u): a grant or policy that a migration adds is there on purpose.

test("policies and grants of each login role are those of the written list", async () => {
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.superuserUrl });
  await client.connect();
  try {
    const lines = await client.query<{ line: string }>(`
      SELECT roles[1] || ' ' || tablename || ' policy ' || CASE permissive WHEN 'RESTRICTIVE' THEN 'restrictive ' ELSE '' END || lower(cmd) || ': ' || regexp_replace(coalesce(qual, '-'), '[[:space:]]+', ' ', 'g') || CASE WHEN with_check IS NOT NULL AND with_check <> coalesce(qual, '') THEN ' check ' || with_check ELSE '' END AS line
        FROM pg_policies WHERE schemaname = 'public'
      UNION ALL
      SELECT grantee || ' ' || table_name || ' ' || lower(privilege_type) || ': '
             || CASE WHEN count(*) = (SELECT count(*) FROM information_schema.columns c WHERE c.table_schema = 'public' AND c.table_name = p.table_name)
                     THEN 'every column' ELSE string_agg(column_name, ', ' ORDER BY column_name) END
        FROM information_schema.column_privileges p WHERE table_schema = 'public' AND grantee LIKE 'holdfast!_%' ESCAPE '!' AND grantee <> 'holdfast_owner'
       GROUP BY grantee, table_name, privilege_type
      UNION ALL
      SELECT grantee || ' ' || table_name || ' delete: rows' FROM information_schema.table_privileges
       WHERE table_schema = 'public' AND privilege_type IN ('DELETE', 'TRUNCATE', 'TRIGGER') AND grantee LIKE 'holdfast!_%' ESCAPE '!' AND grantee <> 'holdfast_owner'
      ORDER BY 1`);
    const text = lines.rows
      .map((row) => `${row.line}\n`)
      .sort()
      .join("");
    await expect(text).toMatchFileSnapshot("./access.txt");
  } finally {
    await client.end();
    await database.drop();
  }
});
