import { readFileSync } from "node:fs";
import { join } from "node:path";
import { env } from "#lib/env.ts";
import { type AddressGuard, createAddressGuard } from "#lib/net/address-guard.ts";
import packageJson from "#package.json" with { type: "json" };

/** The version that archives and descriptions carry; a newer one's are refused on restore (SCC-4). */
export const PRODUCT_VERSION: string = packageJson.version;

let cachedMasterKey: Buffer | undefined;

/** The 32 bytes that wrap each tenant's data key, from HOLDFAST_MASTER_KEY or the data folder. */
export function masterKey(): Buffer {
  cachedMasterKey ??= Buffer.from(
    env().HOLDFAST_MASTER_KEY ?? readFileSync(join(env().HOLDFAST_DATA, "master.key"), "utf8").trim(),
    "base64",
  );
  if (cachedMasterKey.length !== 32) throw new Error("The master key is not 32 bytes in base64: put back the right master.key.");
  return cachedMasterKey;
}

/** Where the database answers, without credentials: each login role adds its own. */
export function databaseServerUrl(): string {
  const url = env().HOLDFAST_DATABASE_SERVER ?? env().DATABASE_URL;
  if (!url) throw new Error("HOLDFAST_DATABASE_SERVER is not set: start Holdfast with `npm start`.");
  return url;
}

let cachedGuard: AddressGuard | undefined;

/** Judges every address that a user gives, by HOLDFAST_ALLOWED_NETWORKS. */
export function addressGuard(): AddressGuard {
  cachedGuard ??= createAddressGuard({ allowed: env().HOLDFAST_ALLOWED_NETWORKS });
  return cachedGuard;
}

/** The folders under which a tenant may name local paths: its own subfolder of each root. */
export function localRootsOf(tenantId: string): string[] {
  return env().HOLDFAST_LOCAL_ROOTS.map((root) => join(root, tenantId));
}

/** Where ciphertext and spooled entries lie while work goes on. */
export function workFolder(): string {
  return join(env().HOLDFAST_DATA, "work");
}
