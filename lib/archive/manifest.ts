import { z } from "zod";
import { ArchiveError } from "#lib/archive/archive-error.ts";
import { FORMAT_VERSION } from "#lib/archive/limits.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const bytes = z.number().int().nonnegative();
const time = z.iso.datetime({ offset: true });

/** The key that an archive is encrypted to; null for mode "off". */
const key = z.object({ id: z.string().min(1), mode: z.enum(["passphrase", "managed"]), fingerprint: z.string().min(1) }).nullable();

const system = z.object({
  id: z.string().min(1),
  name: z.string(),
  kind: z.string().min(1),
  /** In the system's own words. */
  version: z.string().nullable(),
});

/** manifest.json, the first file of an archive: what is known before anything was read. */
export const manifestSchema = z.object({
  formatVersion: z.literal(FORMAT_VERSION),
  backupId: z.string().min(1),
  tenantId: z.string().min(1),
  system,
  productVersion: z.string(),
  createdAt: time,
  includesSecrets: z.boolean(),
  notInBackup: z.array(z.string()),
  key,
});
export type Manifest = z.infer<typeof manifestSchema>;

const common = { path: z.string().min(1), mode: z.number().int().min(0).max(0o7777), modifiedAt: time };

const indexEntry = z.discriminatedUnion("type", [
  z.object({ ...common, type: z.literal("file"), sizeBytes: bytes, sha256 }),
  z.object({ ...common, type: z.literal("directory") }),
  z.object({ ...common, type: z.literal("symlink"), linkTarget: z.string().min(1) }),
]);
export type IndexEntry = z.infer<typeof indexEntry>;

/** index.json, the last file of an archive: every entry in its order. An archive without it is not valid. */
export const indexSchema = z.object({
  formatVersion: z.literal(FORMAT_VERSION),
  backupId: z.string().min(1),
  manifestSha256: sha256,
  totals: z.object({ entries: bytes, files: bytes, sizeBytes: bytes }),
  entries: z.array(indexEntry),
});
export type ArchiveIndex = z.infer<typeof indexSchema>;

/** `<backup id>.json`, the description beside an archive. It is not encrypted and holds no secret. */
export const descriptionSchema = manifestSchema.extend({
  /** Counts the backups of a system, so that a gap can be seen; null where it was not counted. */
  number: z.number().int().positive().nullable(),
  /** The policy that asked for it and what started its run: retention counts by them. Absent in the first descriptions. */
  madeBy: z.object({ policyId: z.string().nullable(), trigger: z.string() }).optional(),
  archive: z.object({ name: z.string().min(1), sizeBytes: bytes, sha256, tarBytes: bytes, entries: bytes }),
});
export type Description = z.infer<typeof descriptionSchema>;

/** The description of a packed archive. `name` is the last part of its object's key. */
export function describeArchive(
  manifest: Manifest,
  packed: { storedBytes: number; tarBytes: number; sha256: string; index: { totals: { entries: number } } },
  beside: { name: string; number: number | null },
): Description {
  const { storedBytes, tarBytes, sha256: digest, index } = packed;
  const archive = { name: beside.name, sizeBytes: storedBytes, sha256: digest, tarBytes, entries: index.totals.entries };
  return { ...manifest, number: beside.number, archive };
}

/** Reads manifest.json. Throws ArchiveError "newer-format" or "invalid-archive". */
export function parseManifest(text: string): Manifest {
  return parseVersioned("manifest.json", manifestSchema, text);
}

/** Reads index.json. Errors as parseManifest. */
export function parseIndex(text: string): ArchiveIndex {
  return parseVersioned("index.json", indexSchema, text);
}

/** Reads the description beside an archive. Errors as parseManifest. */
export function parseDescription(text: string): Description {
  return parseVersioned("the description", descriptionSchema, text);
}

/** The version is looked at first: the rest of a newer format may have any shape. Unknown fields are left aside. */
function parseVersioned<Value>(what: string, schema: z.ZodType<Value>, text: string): Value {
  const json = parseJson(what, text);
  const version = z.object({ formatVersion: z.number().int().positive() }).safeParse(json);
  if (version.success && version.data.formatVersion > FORMAT_VERSION) {
    throw new ArchiveError(
      "newer-format",
      `This archive is of format ${version.data.formatVersion}, written by a newer Holdfast; this one reads up to format ${FORMAT_VERSION}. Update Holdfast first.`,
    );
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined ? "" : ` (${issue.path.map(String).join(".") || "the whole"}: ${issue.message})`;
  throw new ArchiveError("invalid-archive", `This is not a valid archive: ${what} is not as it should be${where}.`);
}

function parseJson(what: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ArchiveError("invalid-archive", `This is not a valid archive: ${what} is not JSON.`, { cause: error });
  }
}
