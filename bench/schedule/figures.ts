/** A run that has ended. Instants in milliseconds. */
export interface EndedRun {
  tenantId: string;
  dueAt: number;
  startedAt: number;
  finishedAt: number;
}

export interface Figures {
  /** From the first run's start to the last one's end. */
  runsPerMinute: number;
  /** From when a run was due to its start, in milliseconds. */
  latenessP50Ms: number;
  latenessP99Ms: number;
  /** Median lateness of the tenant that waited longest over that of the median tenant. */
  fairness: number;
  /** The same without the biggest tenant, which waits for itself, and of the worst of those with a single system alone. */
  others: number;
  single: number;
}

/** What came of a night. */
export function figuresOf(runs: readonly EndedRun[]): Figures {
  const lateness = runs.map(latenessOf);
  const minutes = (Math.max(...runs.map((run) => run.finishedAt)) - Math.min(...runs.map((run) => run.startedAt))) / 60_000;
  const tenants = [...Map.groupBy(runs, (run) => run.tenantId).values()]
    .map((ofTenant) => ({ systems: ofTenant.length, median: quantile(ofTenant.map(latenessOf), 0.5) }))
    .toSorted((one, other) => other.systems - one.systems);
  const others = tenants.slice(1);
  const usual = quantile(
    tenants.map((tenant) => tenant.median),
    0.5,
  );
  const ratio = (of: readonly { median: number }[]) => Math.round((Math.max(...of.map((each) => each.median)) / usual) * 100) / 100;
  return {
    runsPerMinute: Math.round(runs.length / minutes),
    latenessP50Ms: Math.round(quantile(lateness, 0.5)),
    latenessP99Ms: Math.round(quantile(lateness, 0.99)),
    fairness: ratio(tenants),
    others: ratio(others),
    single: ratio(others.filter((tenant) => tenant.systems === 1)),
  };
}

function latenessOf(run: EndedRun): number {
  return run.startedAt - run.dueAt;
}

/** By the nearest rank. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
