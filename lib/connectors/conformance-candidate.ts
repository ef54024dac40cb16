import type { DestinationSession, Timeouts } from "#lib/connectors/connector.ts";

/** What a kind of destination brings to the suite. What it does not have, it says with the reason: those tests are skipped and show it. */
export interface Candidate {
  open(options?: OpenOptions): Promise<DestinationSession>;
  /** Opening, and where that is lazy also storing, with credentials that are wrong. */
  openWithWrongCredentials: (() => Promise<DestinationSession>) | NotHere;
  openWithMissingContainer: () => Promise<DestinationSession>;
  /** A place of its own with room for 1 to 8 MiB. */
  openSmall: (() => Promise<DestinationSession>) | NotHere;
  /** What `open` talks to; the suite stands the fault proxy before it. */
  server: CandidateServer | NotHere;
  /** Why, from a size on, two that write one object in the same instant may both believe that they were first: where the server cannot tell them. */
  race?: NotHere & { fromBytes: number };
  /** How many objects a listing is tried with; 1,050 when absent, which is more than a page of most servers. */
  manyObjects?: number;
  /** Every name that lies in the destination, unfinished ones too, in whatever way the destination itself lists. */
  list(): Promise<string[]>;
  stop(): Promise<void>;
}

export interface OpenOptions {
  signal?: AbortSignal;
  /** Where to connect to instead of the server itself. */
  through?: { host: string; port: number };
  timeouts?: Timeouts;
}

export interface CandidateServer {
  host: string;
  port: number;
  protocol: "tcp" | "http" | "ftp";
}

export interface NotHere {
  notHere: string;
}

/** The candidate and a session of it, once they are there. */
export type Opened = () => { candidate: Candidate; session: DestinationSession };

type Skip = (reason: string) => void;

/** What the candidate brings, or null after the test was skipped with the reason. */
export function broughtOrSkip<T extends object>(brought: T | NotHere, skip: Skip): T | null {
  if (!("notHere" in brought)) return brought;
  skip(brought.notHere);
  return null;
}
