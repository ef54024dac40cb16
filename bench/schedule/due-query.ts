import pg from "pg";
import { closeClients } from "#lib/db/client.ts";
import { loginRoles, loginUrl } from "#lib/db/login-roles.ts";
import { closeBells } from "#lib/queue/enqueue.ts";
import { startDispatcher } from "#worker/dispatcher.ts";
import { asSuperuser, type BenchDatabase, type BenchInstallation, enter } from "./bench-installation.ts";
import { fillHistory } from "./history.ts";
import { type Statement, watchStatements } from "./watch-statements.ts";

/** One statement of a dispatcher's look, and what it costs. */
export interface StatementCost {
  /** Its beginning. */
  statement: string;
  /** Of the slowest call, as the dispatcher saw it: in a look at which runs are due, and in the best of those after that. Null where it was not needed. */
  busyMs: number | null;
  nextMs: number | null;
  /** Pages of 8 KiB that it reads where nothing is due any more, in memory or not: the same on a busy machine. */
  pages: number;
  /** By which indexes the big tables are read, and which of them are read from end to end. */
  access: string;
}

/** Of what is sent only when runs are due, shorter ones are not worth a line. */
const LEAST_MS = 5;
const BIG_ROWS = 10_000;
/** Looks with nothing new, of which a busy machine does not slow all. */
const NEXT_LOOKS = 3;

/**
 * What a look of the dispatcher costs in an installation with so many policies and past runs: lets the real one look, first with runs that are due and
 * then with nothing new, and asks the database about each of its statements how it is carried out.
 */
export async function measureLook(installation: BenchInstallation, size: { policies: number; pastRuns: number }): Promise<StatementCost[]> {
  const database = await installation.copy("history");
  enter({ ...database, environment: { ...database.environment, HOLDFAST_DISPATCH_SECONDS: "600", LOG_LEVEL: "warn" } });
  await fillHistory(database, size);
  const busy = slowestOf(await look());
  const next = new Map<string, Statement>();
  for (let count = 0; count < NEXT_LOOKS; count++) {
    for (const [text, statement] of slowestOf(await look())) {
      if (statement.ms < (next.get(text)?.ms ?? Infinity)) next.set(text, statement);
    }
  }
  await closeBells();
  await closeClients();
  const costs = await explainAll(database, busy, next);
  await installation.drop(database);
  return costs;
}

/** Everything that a dispatcher does as it starts, until it waits. */
async function look(): Promise<readonly Statement[]> {
  const watch = watchStatements();
  const dispatcher = startDispatcher();
  await watch.quiet();
  await dispatcher.close();
  return watch.end();
}

async function explainAll(database: BenchDatabase, busy: Map<string, Statement>, next: Map<string, Statement>): Promise<StatementCost[]> {
  const big = await bigTables(database);
  const costs: StatementCost[] = [];
  for (const [text, statement] of new Map([...busy, ...next])) {
    const busyMs = busy.get(text)?.ms ?? null;
    const nextMs = next.get(text)?.ms ?? null;
    if ((nextMs === null && (busyMs ?? 0) < LEAST_MS) || !big.some((table) => text.includes(table))) continue;
    costs.push({ statement: shortened(text), busyMs, nextMs, ...(await explain(database, statement, big)) });
  }
  return costs.toSorted((one, other) => (other.nextMs ?? 0) - (one.nextMs ?? 0) || (other.busyMs ?? 0) - (one.busyMs ?? 0));
}

/** The slowest call of each statement. */
function slowestOf(statements: readonly Statement[]): Map<string, Statement> {
  return new Map(statements.toSorted((one, other) => one.ms - other.ms).map((statement) => [statement.text, statement]));
}

/** As the role that sent it, since its policies take part in the plan; what it changes is taken back. */
async function explain(
  database: BenchDatabase,
  { text, values, user, tenantId }: Statement,
  big: readonly string[],
): Promise<Pick<StatementCost, "pages" | "access">> {
  const role = loginRoles.find((each) => user.endsWith(each));
  if (role === undefined) throw new Error(`Nobody knows the role ${user}.`);
  const masterKey = Buffer.from(database.environment["HOLDFAST_MASTER_KEY"] ?? "", "base64");
  const client = new pg.Client({ connectionString: loginUrl(database.ownerUrl, role, masterKey) });
  await client.connect();
  try {
    await client.query("BEGIN");
    await client.query("SELECT set_config('app.tenant_id', $1, true)", [tenantId ?? ""]);
    const { rows } = await client.query<{ "QUERY PLAN": [{ Plan: PlanNode }] }>({
      text: `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`,
      values: [...values],
    });
    const plan = rows[0]?.["QUERY PLAN"][0].Plan;
    return { pages: (plan?.["Shared Hit Blocks"] ?? 0) + (plan?.["Shared Read Blocks"] ?? 0), access: accessIn(plan, big) };
  } finally {
    await client.query("ROLLBACK");
    await client.end();
  }
}

function accessIn(plan: PlanNode | undefined, big: readonly string[]): string {
  const scans = flat(plan).flatMap((node) => {
    const table = node["Relation Name"] ?? "";
    if (node["Node Type"] === "Seq Scan" && big.includes(table)) return [`all of ${table}`];
    return node["Index Name"] === undefined ? [] : [node["Index Name"]];
  });
  return [...new Set(scans)].join(", ") || "no big table";
}

interface PlanNode {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  "Shared Hit Blocks"?: number;
  "Shared Read Blocks"?: number;
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
