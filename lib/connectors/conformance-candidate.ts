import type { DestinationSession, Timeouts } from "#lib/connectors/connector.ts";
import type { FaultyServer } from "#e2e/servers/fault-proxy.ts";

/** What is known of a kind of destination before it is started: which tests are there for it. */
export interface Description {
  /** What it cannot be tried with, each with the reason. Those tests are not there; that it brings nothing of the kind is a test. */
  lacks?: Partial<Record<Lack, string>>;
  /** What another candidate of the same kind shows for this one too, and would only take time here. */
  shownElsewhere?: Partial<Record<"boundedMemory" | "everyCut", string>>;
  /** How many objects a listing is tried with: more than the server, or the session opened here, tells in one answer. */
  listedObjects: number;
}

export type Lack =
  /** Somebody to be refused. */
  | "credentials"
  /** A place of its own with little room. */
  | "smallPlace"
  /** A connection that the fault proxy can stand in. */
  | "network"
  /** Answers with a status, which the fault proxy can give in the server's stead. */
  | "http"
  /** Exactly one winner among those that write one small object in the same instant: where the server cannot tell who was first. */
  | "raceOfSmall"
  /** The same with objects that are large. */
  | "raceOfLarge";

/** What a kind of destination brings to the suite once it is started. */
export interface Candidate {
  open(options?: OpenOptions): Promise<DestinationSession>;
  /** Opening, and where that is lazy also storing, with credentials that are wrong. */
  openWithWrongCredentials?: () => Promise<DestinationSession>;
  openWithMissingContainer: () => Promise<DestinationSession>;
  /** A place of its own with room for 1 to 8 MiB. */
  openSmall?: () => Promise<DestinationSession>;
  /** What `open` talks to; the suite stands the fault proxy before it. */
  server?: CandidateServer;
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

export interface CandidateServer extends FaultyServer {
  protocol: "tcp" | "http";
}

/** The candidate and a session of it, once they are there. */
export type Opened = () => { candidate: Candidate; session: DestinationSession };

/** What the candidate brings of what some lack. A race is nothing that it brings. */
export function broughtBy({ openWithWrongCredentials, openSmall, server }: Candidate) {
  return {
    credentials: openWithWrongCredentials !== undefined,
    smallPlace: openSmall !== undefined,
    network: server !== undefined,
    http: server?.protocol === "http",
  };
}

/** What the candidate must bring, because its description does not say that it lacks it. */
export function required<T>(brought: T | undefined): T {
  if (brought === undefined) throw new Error("The candidate does not bring it; let its description say why.");
  return brought;
}
