/** Why a run under way has to stop before its end. */
export type StopReason =
  /** Somebody asked for it. */
  | "cancelled"
  /** The run belongs to another worker by now, or nobody can tell. */
  | "lost"
  /** This worker is shutting down. */
  | "stopping";

/** What a run's signal aborts with. */
export class RunStopped extends Error {
  readonly reason: StopReason;

  constructor(reason: StopReason) {
    super(sentences[reason]);
    this.name = "RunStopped";
    this.reason = reason;
  }
}

const sentences: Record<StopReason, string> = {
  cancelled: "The run was cancelled.",
  lost: "The run belongs to another worker by now.",
  stopping: "The worker is shutting down.",
};
