import type { RestoreReport } from "#lib/connectors/restore-report.ts";

/** What a restore of the configuration did, gathered while it is done. */
export type Done = Omit<RestoreReport, "outcome">;
