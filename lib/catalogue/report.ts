import type { NumberGap } from "#lib/catalogue/number-gaps.ts";

/** Something found in a destination that was not taken into the catalogue. `reason` goes on after the key: "has no description". */
export interface Skip {
  key: string;
  reason: string;
}

/** What a rebuild found and did; with `isDryRun` what it would do. */
export interface RebuildReport {
  folder: string;
  isDryRun: boolean;
  /** Archives with a description that fits them. */
  found: number;
  /** Of these: in the catalogue already. */
  known: number;
  added: { backups: number; copies: number; systems: number; keys: number; keyCopies: number };
  /** Of the added backups: by what they are believed. */
  authenticity: { own: number; signed: number; foreign: number };
  /** Foreign signers by the number of backups under each; the empty name stands for no signature that holds. */
  foreignSigners: Map<string, number>;
  /** Backups of the catalogue that were foreign until this run named their signer. */
  believed: number;
  skipped: number;
  /** The first of them. */
  skips: Skip[];
  gaps: (NumberGap & { systemId: string; systemName: string })[];
  /** Of the mark of the installation, when it was taken over. */
  epoch: number | null;
}

const MOST_SKIPS_KEPT = 1000;

export function emptyReport(folder: string, isDryRun: boolean): RebuildReport {
  return {
    folder,
    isDryRun,
    found: 0,
    known: 0,
    added: { backups: 0, copies: 0, systems: 0, keys: 0, keyCopies: 0 },
    authenticity: { own: 0, signed: 0, foreign: 0 },
    foreignSigners: new Map(),
    believed: 0,
    skipped: 0,
    skips: [],
    gaps: [],
    epoch: null,
  };
}

/** Counts every skip, keeps the first thousand. */
export function addSkip(report: RebuildReport, skip: Skip): void {
  report.skipped += 1;
  if (report.skips.length < MOST_SKIPS_KEPT) report.skips.push(skip);
}
