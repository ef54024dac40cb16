import type { RestoreReport } from "#lib/connectors/connector.ts";

/** What a restore of the configuration did, gathered while it is done. */
export type Done = Omit<RestoreReport, "outcome">;
