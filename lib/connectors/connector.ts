import type { Readable } from "node:stream";
import type { z } from "zod";
import type { AddressGuard } from "#lib/net/address-guard.ts";
import type { ConfigurationStore } from "#lib/connectors/configuration-store.ts";
import type { RestoreReport } from "#lib/connectors/restore-report.ts";

/**
 * What every connector shares. A connector moves bytes between Holdfast and one kind of system or
 * destination; it knows neither the database nor the tenant. A new kind is one file and one line in registry.ts.
 */
export interface Connector<Config> {
  readonly kind: string;
  /** Noun for lists and forms: "Folder over SFTP". */
  readonly label: string;
  /** One sentence for the chooser. */
  readonly description: string;
  /**
   * The configuration as the user types it, secrets included. Each field carries `.meta(FieldMeta)`, from which
   * the form, the list of secrets and the list of address fields derive (see fields.ts).
   */
  readonly config: z.ZodType<Config>;
}

/** Attached to each property of a connector's schema with zod's `.meta()`. */
export interface FieldMeta {
  label: string;
  help?: string;
  placeholder?: string;
  input?: "text" | "number" | "password" | "textarea" | "select" | "switch" | "list";
  options?: { value: string; label: string }[];
  /** Sealed at rest, never sent back. */
  secret?: true;
  /** Changing it clears the stored secrets: else Validate would be a way to read them. */
  address?: true;
  /** Filled in by Validate (a pinned host key), shown read-only until then. */
  observed?: true;
  /** Show the field only while another field has this value, or one of these. */
  showWhen?: { field: string; equals: string | string[] };
}

export interface ConnectorContext {
  readonly signal: AbortSignal;
  /** Judges the address really connected to. Every connection of a connector goes through it. */
  readonly network: AddressGuard;
  /** Folders under which local paths may lie; already the tenant's own. */
  readonly localRoots: readonly string[];
  /** How patient connections are; each connector has its own measure when absent. Tests, which stall servers, shorten it. */
  readonly timeouts?: Timeouts | undefined;
}

/** Both in milliseconds. */
export interface Timeouts {
  /** From the first packet until the server is ready for requests: look-up, TCP, handshake, greeting. */
  connectMs: number;
  /** Of silence of the server while an answer of it is waited for; not of a whole transfer. */
  idleMs: number;
}

export interface ValidationStep {
  name: string;
  ok: boolean;
  /** A sentence: what was found, or what failed and how to mend it. No secret. */
  detail: string;
  durationMs: number;
}

export interface ValidationResult {
  ok: boolean;
  steps: ValidationStep[];
  /** Values seen on the way that the user confirms by saving, by field name (a host key to pin). */
  observed?: Record<string, string>;
}

export interface DestinationConnector<Config> extends Connector<Config> {
  /** Throws DestinationError when the destination cannot be reached, does not let this configuration in, or its container is not there. */
  open(config: Config, context: ConnectorContext): Promise<DestinationSession>;
  /**
   * For servers that prove who they are by something that a person has to compare (a host key, a certificate): looks at it without showing a secret.
   * Validate does so first. Throws DestinationError when it is not what the configuration pins.
   */
  observe?(config: Config, context: ConnectorContext): Promise<Observation>;
  /**
   * Sentences that a person should read before trusting this configuration ("Passwords travel in the clear …"). Asked while the form is being filled in too:
   * then secrets, and fields without a default that do not parse yet, are absent.
   */
  warnings?(config: Config): string[];
  /** What has to be set up on the other side, with this configuration's own names filled in. Takes a form that is not complete yet; no secret goes in. */
  setUp?(config: Readonly<Record<string, unknown>>): SetUpText[];
}

/** What a server showed of itself. */
export interface Observation {
  /** A sentence: what was seen, and what to compare it with. */
  detail: string;
  /** What the person confirms by saving, by the name of its field (one with `observed` in its FieldMeta); empty when the configuration carries it already. */
  observed: Record<string, string>;
  /** Whether Validate may go on with `observed` before anybody confirmed it: only when no secret would reach the server. */
  mayGoOn: boolean;
}

/** A text to copy into another system: an access policy. */
export interface SetUpText {
  title: string;
  help: string;
  text: string;
}

/** An open connection to a destination. Keys are relative, with "/" between parts, no leading "/", never "..". */
export interface DestinationSession {
  /**
   * Stores a stream of unknown length under a new key with bounded memory and resolves once it is durable.
   * Refuses a key that exists (DestinationError "exists"). When it fails or the signal aborts, nothing is left that lists as `key`.
   */
  put(key: string, body: Readable, options?: PutOptions): Promise<{ sizeBytes: number }>;
  /** Streams an object, or `lengthBytes` bytes from `offsetBytes`. Missing: DestinationError "missing". */
  get(key: string, range?: { offsetBytes: number; lengthBytes: number }): Promise<Readable>;
  /** Size of an object in bytes, or null when there is none. Any other doubt is an error, never null. */
  stat(key: string): Promise<ObjectStat | null>;
  /**
   * Every object whose key begins with `folder` + "/", at any depth, in no particular order, a page at a time. A folder that is not there holds none; any
   * other doubt is an error. For rebuilding a catalogue only: nothing is ever removed because of a listing.
   */
  list(folder: string): AsyncIterable<{ key: string; sizeBytes: number }>;
  /** Names of the folders at its top, for finding whose they are; each at least once. */
  folders(): AsyncIterable<string>;
  /** What the server itself reckons over the whole stored object, or null where it does not tell. Absent where it never does. */
  checksum?(key: string): Promise<ObjectChecksum | null>;
  /**
   * Locks an object that is there at least as long as a new one would be locked from now, and at least until `until`. Absent, or without effect, where
   * nothing locks.
   */
  extendLock?(key: string, until?: Date): Promise<void>;
  /** Removes an object; succeeds when there is none. DestinationError "locked" while it may not be removed: then nothing was. */
  remove(key: string): Promise<void>;
  /** Gives up an unfinished upload that a dead process left behind; succeeds when there is none. */
  abortUpload(key: string, uploadId: string): Promise<void>;
  close(): Promise<void>;
}

export interface ObjectStat {
  sizeBytes: number;
  /** Until when the server refuses to remove it; null or absent when it does not. */
  lockedUntil?: Date | null;
}

/** `value` is the checksum's bytes, big endian for the CRCs. */
export interface ObjectChecksum {
  algorithm: "crc32" | "crc64nvme" | "sha256";
  value: Buffer;
}

export interface PutOptions {
  /** Locks the object against removal for the time that the destination's configuration says, where it says one. */
  lock?: boolean;
  /** Called, and awaited, with the id of a multipart upload (or the name of a temporary file) before the first byte is sent. */
  onUploadId?: (uploadId: string) => Promise<void>;
  /** What the temporary file is called, for whoever has noted a name of unfinishedName() before. Without effect where there is none. */
  unfinishedName?: string;
}

export interface SystemContext extends ConnectorContext {
  /** The tenant's own configuration, for the connector that keeps it. */
  readonly configuration: ConfigurationStore;
}

export interface SystemConnector<Config> extends Connector<Config> {
  /** What a backup of this kind can never hold, each a phrase for "not in this backup". */
  readonly notInBackup: readonly string[];
  /** Tries the connection for real and reports each step; pins what it observed. Never throws for the user's mistakes. */
  validate(config: Config, context: SystemContext): Promise<ValidationResult>;
  capture(config: Config, context: SystemContext): Promise<Capture>;
  /** The truth check: fed every entry of the archive that was read back; throws CaptureError when it would not restore. */
  check(): EntryCheck;
  /** Compares an archive with the live target. Reads only. */
  planRestore(config: Config, archive: ArchiveReader, context: SystemContext): Promise<RestorePlan>;
  /** Carries out what planRestore said. `progress` is told in words. */
  applyRestore(
    config: Config,
    archive: ArchiveReader,
    context: SystemContext,
    progress: (sentence: string) => void,
  ): Promise<RestoreReport>;
}

export interface Capture {
  /** Version of the captured system, in its own words, or null. */
  systemVersion: string | null;
  /** True when entries hold credentials (even sealed ones). */
  includesSecrets: boolean;
  notInBackup: string[];
  entries: AsyncIterable<CaptureEntry>;
}

export interface CaptureEntry {
  /** Relative POSIX path below entries/ of the archive. */
  path: string;
  type: "file" | "directory" | "symlink";
  /** Exact size in bytes, or null when only reading tells: such an entry is spooled first. */
  sizeBytes: number | null;
  mode: number;
  modifiedAt: Date;
  /** For a symlink: its target. */
  linkTarget?: string;
  /** Opened once, just before the entry is packed. Absent for directories and links. */
  open?: () => Promise<Readable>;
}

export interface EntryCheck {
  entry(path: string, body: Readable): Promise<void>;
  finish(): Promise<void>;
}

/** An archive whose ciphertext lies, verified, in the work folder. Each walk decrypts anew; plaintext stays in memory. */
export interface ArchiveReader {
  readonly manifest: { systemKind: string; systemVersion: string | null; productVersion: string; createdAt: string; notInBackup: string[] };
  /** Walks the entries in order. A body must be consumed or resumed before the next step. */
  entries(): AsyncIterable<ArchiveEntry>;
}

export interface ArchiveEntry {
  path: string;
  type: "file" | "directory" | "symlink";
  sizeBytes: number;
  mode: number;
  modifiedAt: Date;
  linkTarget?: string;
  body: Readable;
}

export interface RestorePlan {
  changes: PlanChange[];
  warnings: string[];
  /** Reasons why this must not be carried out. */
  blockers: string[];
  notInBackup: string[];
  /** What else will happen and hurts: sessions end, an account goes. */
  effects: string[];
}

export interface PlanChange {
  /** Group for the screen: "Members", "Files". */
  part: string;
  action: "add" | "change" | "remove";
  subject: string;
  before?: unknown;
  after?: unknown;
}
