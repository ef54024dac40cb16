import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { schemaDrift } from "../prisma/migrate.ts";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";
import { prepareDatabase } from "./prepare-database.ts";

/** Compares a freshly migrated database with schema.prisma and writes what is missing, to be read and completed by hand. */
export async function writeMigration(name: string): Promise<number> {
  if (!/^[a-z][a-z0-9_]*$/.test(name))
    throw new Error("Name the migration in small letters, digits and underscores: npm run cli -- migration add_maintenance");
  const dataDir = mkdtempSync(join(tmpdir(), "holdfast-migration-"));
  const database = await startEmbeddedPostgres({ dataDir, fast: true });
  try {
    await prepareDatabase({ ownerUrl: database.ownerUrl, masterKey: Buffer.alloc(32) });
    const script = await schemaDrift({ url: database.ownerUrl });
    if (script === null) {
      console.log("The migrations and prisma/schema.prisma agree; there is nothing to write.");
      return 0;
    }
    const stamp = new Date().toISOString().replace(/\D/g, "").slice(0, 14);
    const folder = join("prisma/migrations", `${stamp}_${name}`);
    mkdirSync(folder);
    writeFileSync(join(folder, "migration.sql"), script);
    console.log(`Wrote ${folder}/migration.sql. Add policies, grants and checks by hand.`);
    return 0;
  } finally {
    await database.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}
