import { parseArgs } from "node:util";
import { isTenantFolder } from "#lib/catalogue/object-names.ts";
import { rebuildCatalogue } from "#lib/catalogue/rebuild-catalogue.ts";
import type { RebuildReport } from "#lib/catalogue/report.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { openDestination } from "#lib/destinations/open-destination.ts";
import { withDatabase } from "./reach-database.ts";
import { rebuildWords } from "./rebuild-words.ts";

export const usage =
  "catalogue rebuild --tenant <slug or id> --destination <id or name> [--folder <tenant id>] [--trust <signing key>] [--dry-run] [--take-over]";

const INCOMPLETE = 2;

const options = {
  tenant: { type: "string" },
  destination: { type: "string" },
  folder: { type: "string" },
  trust: { type: "string" },
  "dry-run": { type: "boolean", default: false },
  "take-over": { type: "boolean", default: false },
} as const;

/** The command. Returns 0 when everything that lies there is in the catalogue, 2 when something was left out. Throws with a sentence. */
export async function rebuildFromDestination(args: string[]): Promise<number> {
  const wanted = readArguments(args);
  const report = await withDatabase(async () => {
    const tenantId = await findTenant(wanted.tenant);
    const destinationId = await findDestination(tenantId, wanted.destination);
    const folder = wanted.folder ?? tenantId;
    const signal = new AbortController().signal;
    await refuseEmptyFolder({ tenantId, destinationId, folder, signal });
    const { trust, isDryRun, takeOver } = wanted;
    return rebuildCatalogue({ tenantId, destinationId, folder, trust, isDryRun, takeOver, signal, onProgress: showProgress });
  });
  for (const line of rebuildWords(report)) console.log(line);
  return report.skipped > 0 ? INCOMPLETE : 0;
}

function readArguments(args: string[]) {
  const { values } = parseWith(args);
  const { tenant, destination, folder, trust = null } = values;
  if (!tenant || !destination) throw new Error(`Name the tenant and the destination: npm run cli -- ${usage}`);
  if (folder !== undefined && !isTenantFolder(folder))
    throw new Error(
      `--folder names a folder of the destination that is called like a tenant's id (ten_ and 26 letters and digits), not “${folder}”.`,
    );
  if (trust !== null && !isSigningKey(trust))
    throw new Error("--trust takes a public signing key as the recovery sheet shows it: 44 letters, digits and signs that end in “=”.");
  return { tenant, destination, folder, trust, isDryRun: values["dry-run"], takeOver: values["take-over"] };
}

function parseWith(args: string[]) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false });
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}. Usage: npm run cli -- ${usage}`, { cause: error });
  }
}

function isSigningKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{43}=$/.test(text);
}

/** From the operator's argument alone, never from what lies in the destination. */
async function findTenant(named: string): Promise<string> {
  const tenants = await acrossTenants("identity", (db) =>
    db.tenant.findMany({ select: { id: true, slug: true }, orderBy: { slug: "asc" } }),
  );
  const found = tenants.find(({ id, slug }) => id === named || slug === named);
  if (found) return found.id;
  const known = tenants.length === 0 ? "There is none yet; make it first" : `There are: ${tenants.map(({ slug }) => slug).join(", ")}`;
  throw new Error(`There is no tenant “${named}” here. ${known}.`);
}

async function findDestination(tenantId: string, named: string): Promise<string> {
  const rows = await withTenant(tenantId, (db) =>
    db.destination.findMany({ where: { deletedAt: null }, select: { id: true, name: true } }),
  );
  const found = rows.filter(({ id, name }) => id === named || name === named);
  const [only] = found;
  if (only && found.length === 1) return only.id;
  const known = rows.map(({ id, name }) => `“${name}” (${id})`).join(", ");
  throw new Error(
    found.length > 1
      ? `Several destinations are called “${named}”; name one by its id: ${known}.`
      : `The tenant has no destination “${named}”. ${known ? `It has ${known}.` : "Connect the destination first."}`,
  );
}

async function refuseEmptyFolder(place: { tenantId: string; destinationId: string; folder: string; signal: AbortSignal }): Promise<void> {
  const session = await openDestination(place.tenantId, place.destinationId, place.signal);
  try {
    for await (const _object of session.list(place.folder)) return;
    const folders = await Array.fromAsync(session.folders());
    throw new Error(emptyFolderSentence(place.folder, folders.filter(isTenantFolder)));
  } finally {
    await session.close();
  }
}

function emptyFolderSentence(folder: string, folders: string[]): string {
  const beginning = `There is nothing in the folder ${folder} of this destination.`;
  if (folders.length === 0) return `${beginning} No tenant's folder lies there at all: check the destination's folder, bucket and prefix.`;
  return `${beginning} Name the one to read with --folder: there ${folders.length === 1 ? "is" : "are"} ${folders.toSorted().join(", ")}.`;
}

function showProgress({ found }: RebuildReport): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${found} backups read `);
}
