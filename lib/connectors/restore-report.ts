/** What a restore did, for the person who asked for it. */
export interface RestoreReport {
  /** "partial" when something of the plan was left undone; each such thing is in `problems`. */
  outcome: "completed" | "partial";
  applied: { part: string; action: string; subject: string }[];
  problems: string[];
  /** What a person has to do now. */
  followUp: string[];
}
