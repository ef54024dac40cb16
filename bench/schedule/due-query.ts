import pg from "pg";
import { closeClients } from "#lib/db/client.ts";
import { loginUrl } from "#lib/db/login-roles.ts";
import { closeBells } from "#lib/queue/enqueue.ts";
import { startDispatcher } from "#worker/dispatcher.ts";
import { asSuperuser, type BenchDatabase, type BenchInstallation, enter } from "./bench-installation.ts";
import { fillHistory } from "./history.ts";
import { type Statement, watchStatements } from "./watch-statements.ts";

/** One statement of a dispatcher's look, and what it costs. */
export interface StatementCost {
  /** Its beginning. */
  statement: string;
  calls: number;
  /** Of the slowest call, as the dispatcher saw it. */
  slowestMs: number;
  /** By which indexes the big tables are read, and which of them are read from end to end. */
  access: string;
}

/** Shorter ones are not worth a line. */
const LEAST_MS = 5;
const BIG_ROWS = 10_000;

/**
 * What one look of the dispatcher costs in an installation with so many policies and past runs: lets the real one look once, and asks the database about each
 * of its statements how it was carried out.
 */
export async function measureLook(installation: BenchInstallation, size: { policies: number; pastRuns: number }): Promise<StatementCost[]> {
  const database = await installation.copy("history");
  enter({ ...database, environment: { ...database.environment, HOLDFAST_DISPATCH_SECONDS: "600", LOG_LEVEL: "warn" } });
  await fillHistory(database, size);
  const watch = watchStatements();
  const dispatcher = startDispatcher();
  await watch.quiet();
  await dispatcher.close();
  const statements = watch.end();
  await closeBells();
  await closeClients();
  const costs = await explainAll(database, statements);
  await installation.drop(database);
  return costs.toSorted((one, other) => other.slowestMs - one.slowestMs);
}

async function explainAll(database: BenchDatabase, statements: readonly Statement[]): Promise<StatementCost[]> {
  const big = await bigTables(database);
  const masterKey = Buffer.from(database.environment["HOLDFAST_MASTER_KEY"] ?? "", "base64");
  const client = new pg.Client({ connectionString: loginUrl(database.ownerUrl, "scheduler", masterKey) });
  await client.connect();
  const costs: StatementCost[] = [];
  for (const [text, calls] of Map.groupBy(statements, (statement) => statement.text)) {
    const slowest = calls.toSorted((one, other) => other.ms - one.ms)[0];
    if (!slowest || slowest.ms < LEAST_MS || !big.some((table) => text.includes(table))) continue;
    const access = await accessOf(client, slowest, big);
    if (access === null) continue;
    costs.push({ statement: shortened(text), calls: calls.length, slowestMs: Math.round(slowest.ms), access });
  }
  await client.end();
  return costs;
}

/** As the scheduler's own role, since its policies take part in the plan; what it changes is taken back. Null for what is another role's. */
async function accessOf(client: pg.Client, { text, values }: Statement, big: readonly string[]): Promise<string | null> {
  await client.query("BEGIN");
  try {
    const { rows } = await client.query<{ "QUERY PLAN": [{ Plan: PlanNode }] }>({
      text: `EXPLAIN (FORMAT JSON) ${text}`,
      values: [...values],
    });
    const nodes = flat(rows[0]?.["QUERY PLAN"][0].Plan);
    const scans = nodes.flatMap((node) => {
      const table = node["Relation Name"] ?? "";
      if (node["Node Type"] === "Seq Scan" && big.includes(table)) return [`all of ${table}`];
      return node["Index Name"] === undefined ? [] : [node["Index Name"]];
    });
    return [...new Set(scans)].join(", ") || "no big table";
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === "42501") return null;
    throw error;
  } finally {
    await client.query("ROLLBACK");
  }
}

interface PlanNode {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  Plans?: PlanNode[];
}

function flat(node: PlanNode | undefined): PlanNode[] {
  return node === undefined ? [] : [node, ...(node.Plans ?? []).flatMap(flat)];
}

async function bigTables(database: BenchDatabase): Promise<string[]> {
  const { rows } = await asSuperuser(database, (client) =>
    client.query<{ name: string }>(
      "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples >= $1",
      [BIG_ROWS],
    ),
  );
  return rows.map(({ name }) => name);
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").replaceAll("|", "").trim();
  return line.length <= 90 ? line : `${line.slice(0, 90)}…`;
}
