import type { KeyFiles } from "#lib/catalogue/key-files.ts";
import type { FoundBackup } from "#lib/catalogue/read-pair.ts";
import type { RebuildReport } from "#lib/catalogue/report.ts";

/** Where a rebuild works and what it is allowed to believe. */
export interface RebuildPlace {
  tenantId: string;
  destinationId: string;
  /** The folder of the destination that is read, named after the tenant that wrote it. */
  folder: string;
  /** A public signing key that the operator vouches for, in base64, or null. */
  trust: string | null;
}

/** A backup that was found, with what its archive begins with: null when that is not what was described. */
export interface Candidate extends FoundBackup {
  head: Buffer | null;
}

/** What a batch works with. */
export interface Adoption {
  place: RebuildPlace;
  keyFiles: KeyFiles;
  report: RebuildReport;
  /** Systems and keys that were counted already: a dry run adds them in every batch and keeps none. */
  counted: Set<string>;
}

/** A found backup whose key has a row. */
export interface Adoptable {
  found: Candidate;
  keyId: string;
}

/** Ids are unique in the whole installation, and another tenant's rows are not to be seen here. */
export const TAKEN = "belongs to another tenant of this installation: rebuild it there";
