import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum, DriverAdapterError } from "@prisma/driver-adapter-utils";
import { type MigrationList, SchemaEngine, type SchemasContainer } from "@prisma/schema-engine-wasm";
import pg from "pg";

export interface MigrateOptions {
  /** Signs in as the owner of the database: an ordinary role, no superuser. */
  url: string;
  /** The folder of `<name>/migration.sql`, in Prisma's layout; the project's own without it. */
  migrationsDir?: string;
}

const ownMigrations = fileURLToPath(new URL("migrations", import.meta.url));
const ownSchema = fileURLToPath(new URL("schema.prisma", import.meta.url));
const noFilter = { externalTables: [], externalEnums: [] };

/**
 * Applies the migrations that the database has not seen, in order, and notes them in Prisma's own history table, so that
 * `prisma migrate deploy` elsewhere agrees. Each migration takes effect whole or not at all, so one that failed is tried again.
 * The caller keeps others from migrating at the same time (see ops/prepare-database.ts).
 *
 * @returns the names of the migrations that were applied now
 * @throws when a migration fails, when an applied one was edited, or when the database knows migrations that this version does not
 */
export async function migrate({ url, migrationsDir = ownMigrations }: MigrateOptions): Promise<string[]> {
  const migrationsList = readMigrations(migrationsDir);
  return withEngine(url, async (engine) => {
    const history = await engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters: noFilter });
    const edited = history.editedMigrationNames.find((name) => !history.failedMigrationNames.includes(name));
    if (edited)
      throw new Error(`The migration ${edited} was changed after it was applied: bring back its old text and write a new migration.`);
    if (history.history && history.history.diagnostic !== "databaseIsBehind") {
      const unknown = history.history.unpersistedMigrationNames.join(", ");
      throw new Error(
        `The database was migrated by a newer version (${unknown}): start that version, or restore the database from before it.`,
      );
    }
    for (const migrationName of history.failedMigrationNames) await engine.markMigrationRolledBack({ migrationName });
    try {
      return (await engine.applyMigrations({ migrationsList, filters: noFilter })).appliedMigrationNames;
    } catch (error) {
      throw failure(error);
    }
  });
}

/**
 * What would have to be done to the database to become what schema.prisma says, as SQL; null when they agree.
 * Policies, grants, checks, functions and partial indexes are not part of a Prisma schema, and not compared.
 */
export async function schemaDrift({ url, schemaPath = ownSchema }: { url: string; schemaPath?: string }): Promise<string | null> {
  const schema: SchemasContainer = { files: [{ path: schemaPath, content: readFileSync(schemaPath, "utf8") }] };
  return withEngine(
    url,
    async (engine) => {
      const difference = await engine.diff({
        from: { tag: "schemaDatasource", ...schema, configDir: dirname(schemaPath) },
        to: { tag: "schemaDatamodel", ...schema },
        script: true,
        exitCode: true,
        filters: noFilter,
      });
      return difference.exitCode === 0 ? null : (difference.stdout ?? "");
    },
    schema,
  );
}

// Where the engine leaves its last words; without it they are lost.
Object.assign(globalThis, {
  PRISMA_WASM_PANIC_REGISTRY: { set_message: (message: string) => process.stderr.write(`Schema engine: ${message}\n`) },
});

async function withEngine<T>(url: string, work: (engine: SchemaEngine) => Promise<T>, schema?: SchemasContainer): Promise<T> {
  const factory = new MigrationAdapterFactory({ connectionString: url, max: 1, application_name: "holdfast-migrate" });
  const datamodels = schema?.files.map(({ path, content }): [string, string] => [path, content]);
  const engine = await SchemaEngine.new({ datamodels }, () => undefined, bindMigrationAwareSqlAdapterFactory(factory));
  try {
    return await work(engine);
  } finally {
    engine.free();
    await factory.close();
  }
}

/** Sends each script whole, as one implicit transaction: the adapter's own way cuts it at every semicolon, also inside function bodies. */
class MigrationAdapterFactory extends PrismaPg {
  readonly #opened: { dispose(): Promise<void> }[] = [];

  override async connect() {
    const adapter = await super.connect();
    const pool = adapter.underlyingDriver();
    // Without arguments node-postgres uses the simple protocol, which takes several statements.
    adapter.executeScript = async (script) => {
      await pool.query(script).catch(rethrow);
    };
    understandChar(adapter);
    this.#opened.push(adapter);
    return adapter;
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.splice(0).map((adapter) => adapter.dispose()));
  }
}

/** As the engine knows the database's own errors; the adapter's finer kinds are newer than it. */
function rethrow(error: unknown): never {
  if (!(error instanceof pg.DatabaseError)) throw error;
  const { code = "", severity = "ERROR", message, detail, column, hint } = error;
  throw new DriverAdapterError({ kind: "postgres", code, severity, message, detail, column, hint });
}

const charMark = "\0char";

/**
 * Teaches the adapter the catalogue's one-byte type "char", which the engine reads when it looks at a database: marked where
 * rows arrive, given to the engine as one character, and NUL where it is empty (pg_attribute.attidentity), as the engine expects.
 */
function understandChar(adapter: Awaited<ReturnType<PrismaPg["connect"]>>): void {
  const pool = adapter.underlyingDriver();
  const query: unknown = pool.query.bind(pool);
  const queryRaw = adapter.queryRaw.bind(adapter);
  if (typeof query !== "function") throw new Error("This version of node-postgres has no Pool.query.");
  Object.defineProperty(pool, "query", { value: async (...args: unknown[]) => markChar(await Reflect.apply(query, pool, args)) });
  adapter.queryRaw = async (request) => {
    const { columnNames, columnTypes, rows } = await queryRaw(request);
    const isChar = columnNames.map((name) => name.endsWith(charMark));
    return {
      columnNames: columnNames.map((name) => name.replace(charMark, "")),
      columnTypes: columnTypes.map((type, column) => (isChar[column] ? ColumnTypeEnum.Character : type)),
      rows: rows.map((row) => row.map((value, column) => (isChar[column] && value === "" ? "\0" : value))),
    };
  };
}

function markChar(result: unknown): unknown {
  const CHAR = 18;
  const TEXT = 25;
  for (const { fields } of [result].flat().filter(isDescribed)) {
    for (const field of fields) {
      if (field.dataTypeID !== CHAR) continue;
      field.dataTypeID = TEXT;
      field.name += charMark;
    }
  }
  return result;
}

function isDescribed(result: unknown): result is Pick<pg.QueryResult, "fields"> {
  return typeof result === "object" && result !== null && "fields" in result && Array.isArray(result.fields);
}

function readMigrations(baseDir: string): MigrationList {
  const names = readdirSync(baseDir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(baseDir, entry.name, "migration.sql")))
    .map((entry) => entry.name)
    .sort();
  const lockfile = join(baseDir, "migration_lock.toml");
  return {
    baseDir,
    lockfile: { path: "migration_lock.toml", content: existsSync(lockfile) ? readFileSync(lockfile, "utf8") : null },
    shadowDbInitScript: "",
    migrationDirectories: names.map((name) => {
      const script = readFileSync(join(baseDir, name, "migration.sql"), "utf8");
      refuseTransactions(name, script);
      return { path: name, migrationFile: { path: "migration.sql", content: { tag: "ok", value: script } } };
    }),
  };
}

/** A script that commits by itself could stop halfway, and trying it again would not be safe. */
function refuseTransactions(name: string, script: string): void {
  const bare = script.replace(/\$(\w*)\$[\s\S]*?\$\1\$|'(?:[^']|'')*'|"[^"]*"|--[^\n]*|\/\*[\s\S]*?\*\//g, " ");
  if (/(?:^|;)\s*(?:BEGIN|COMMIT|ROLLBACK|START\s+TRANSACTION|END)\s*(?:WORK|TRANSACTION)?\s*(?:;|$)/i.test(bare)) {
    throw new Error(`The migration ${name} begins or ends a transaction; take that out, because each migration already runs as one.`);
  }
}

/** Of the engine's account, which ends in a trace of its own code, the part that a person can use. */
function failure(error: unknown): Error {
  const account = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " ").trim();
  const name = /migration_name="([^"]+)"/.exec(account)?.[1];
  const reason = account.replace(/ 0: .*$/, "").replace(/^.*Error querying the database: /, "");
  return new Error(`The migration${name ? ` ${name}` : ""} failed, and nothing of it was kept: ${reason}`, { cause: error });
}
