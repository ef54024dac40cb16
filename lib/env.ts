import { delimiter, join, resolve } from "node:path";
import { z } from "zod";
import { readSmtpUrl } from "#lib/mail/smtp-url.ts";
import { type AllowedNetworks, createAddressRules } from "#lib/net/address-rules.ts";

export const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

/** Each variable that steers the installation, with the line that docs/environment.md shows. */
export const variables = {
  PORT: wholeNumber(1, 65_535).default(3000).describe("Port that web listens on."),
  HOLDFAST_HOST: z.string().default("127.0.0.1").describe("Address that web listens on; `0.0.0.0` for every interface."),
  HOLDFAST_URL: httpOrigin()
    .optional()
    .describe("Public address, for links, cookies and origin checks. Default: `http://localhost:$PORT`."),
  HOLDFAST_DATA: z
    .string()
    .default("data")
    .transform((path) => resolve(path))
    .describe("Folder of the embedded database, the local destination, the master key and work files."),
  HOLDFAST_LOCAL_ROOTS: z
    .string()
    .transform((list) => list.split(delimiter).filter(Boolean))
    .refine((roots) => roots.every((root) => root === resolve(root)), "must be absolute folders, separated as in PATH")
    .optional()
    .describe("Folders under which tenants may name local paths, separated as in PATH. Default: `$HOLDFAST_DATA/local`."),
  DATABASE_URL: url(["postgres:", "postgresql:"], "postgresql://owner:password@host:5432/database")
    .optional()
    .describe("External PostgreSQL 15 or later, as an owner who may create roles. Default: the embedded database."),
  REDIS_URL: url(["redis:", "rediss:"], "redis://host:6379")
    .optional()
    .describe("Queue on Redis 6.2 or later. Default: the queue lives in PostgreSQL."),
  HOLDFAST_ROLE: z
    .enum(["all", "web", "worker"], { error: "must be all, web or worker" })
    .default("all")
    .describe("What this machine runs: `all`, `web` or `worker`."),
  HOLDFAST_MASTER_KEY: z
    .string()
    .refine(is32BytesOfBase64, "must be 32 bytes in base64, as `openssl rand -base64 32` makes them")
    .optional()
    .describe("Wraps each tenant's data key; 32 bytes in base64. Default: the file `$HOLDFAST_DATA/master.key`, made at the first start."),
  HOLDFAST_NEW_MASTER_KEY: z
    .string()
    .refine(is32BytesOfBase64, "must be 32 bytes in base64, as `openssl rand -base64 32` makes them")
    .optional()
    .describe("Only for `npm run cli -- master-key rotate` where `HOLDFAST_MASTER_KEY` is set: the key that takes over."),
  HOLDFAST_OWNER_EMAIL: z
    .email({ error: "must be an e-mail address" })
    .optional()
    .describe("Unattended first start: the owner's e-mail address."),
  HOLDFAST_OWNER_PASSWORD: z
    .string()
    .min(8, "must have at least 8 characters")
    .optional()
    .describe("Unattended first start: the owner's password."),
  HOLDFAST_TENANT: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, "must be a slug: small letters, digits and hyphens, up to 63")
    .optional()
    .describe("Unattended first start: the tenant's slug."),
  HOLDFAST_ALLOWED_NETWORKS: networks()
    .optional()
    .describe(
      "Comma-separated networks (CIDR) that systems, destinations and webhooks may live in beside public addresses; `none` for no other. Default: loopback and private ranges with the embedded database on one machine, otherwise none.",
    ),
  SMTP_URL: url(["smtp:", "smtps:"], "smtps://user:password@host:465")
    .refine((text) => isSmtpUrl(text), "may name after the host nothing but ?from=backup@example.com and requireTLS=true or false")
    .optional()
    .describe(
      "Mail server, for web and workers alike: `smtps://user:password@host:465?from=backup@example.com`; with `smtp:` and a password, STARTTLS is required unless `requireTLS=false`. Sender by default: the user, if it is an address. Default: no mail.",
    ),
  OIDC_ISSUER: httpUrl().optional().describe("Single sign-on: the issuer's address. Default: off."),
  OIDC_CLIENT_ID: z.string().optional().describe("Single sign-on: client id."),
  OIDC_CLIENT_SECRET: z.string().optional().describe("Single sign-on: client secret."),
  HOLDFAST_DEADMAN_URL: url(["http:", "https:"], "https://watch.example.com/ping/holdfast")
    .refine((text) => {
      const { username, password } = URL.parse(text) ?? {};
      return !username && !password;
    }, "must not hold a user name or password: no call can carry them. Use an address whose path is the secret")
    .optional()
    .describe(
      "An address outside that the worker calls every three minutes while due runs are looked for and begun in time, and the clock is right; it should raise the alarm when the calls stop. Default: none.",
    ),
  WORKER_CONCURRENCY: wholeNumber(2, 64)
    .default(12)
    .describe("Jobs that a worker runs at once; one slot is kept for restores. Each may hold 30 to 50 MiB while it moves a large archive."),
  HOLDFAST_RESTORE_DRAIN_SECONDS: seconds(0, 86_400)
    .default(600)
    .describe(
      "How long a worker that was told to stop waits for a restore that changes its target, which stopped halfway would be left broken. Everything else ends or is given back within 20 seconds. Whatever stops the service, such as `TimeoutStopSec` of systemd, must wait half a minute longer than this before it kills.",
    ),
  LOG_LEVEL: z
    .enum(logLevels, { error: `must be one of ${logLevels.join(", ")}` })
    .default("info")
    .describe("Structured logs on stdout, from this level on."),
};

/** Times and limits that tests shorten; nobody needs to set them. */
const internalVariables = {
  /** What `npm start` tells its own processes instead of DATABASE_URL: the server without anybody's credentials. */
  HOLDFAST_DATABASE_SERVER: url(["postgres:", "postgresql:"], "postgresql://host:5432/database").optional(),
  /** How long a claimed run or restore belongs to its worker without a sign of life. */
  HOLDFAST_LEASE_SECONDS: seconds(0.5, 3600).default(60),
  /** How often a worker renews its leases and says that it lives. */
  HOLDFAST_HEARTBEAT_SECONDS: seconds(0.1, 1800).default(15),
  /** How long a step without much data may take, and how long one with much may stand still; a restore that changes its target has its own measure. */
  HOLDFAST_STEP_SECONDS: seconds(0.5, 86_400).default(1800),
  HOLDFAST_STILL_SECONDS: seconds(0.5, 86_400).default(7200),
  HOLDFAST_RESTORE_STILL_SECONDS: seconds(0.5, 604_800).default(21_600),
  /** How long work under way may take to end by itself once its worker was told to stop; for a restore that changes its target, see above. */
  HOLDFAST_DRAIN_SECONDS: seconds(0, 600).default(10),
  /** When what a failed upload may have left is looked for a second and a third time, counted from its first removal. */
  HOLDFAST_SECOND_LOOK_SECONDS: seconds(0.1, 604_800).default(3600),
  HOLDFAST_THIRD_LOOK_SECONDS: seconds(0.1, 604_800).default(86_400),
  /** How often due runs are looked for. */
  HOLDFAST_DISPATCH_SECONDS: seconds(0.1, 600).default(5),
  /** Runs that may be under way at once: of one tenant, and into one destination. Of one system there is never more than one. */
  HOLDFAST_TENANT_RUNS: wholeNumber(1, 10_000).default(64),
  HOLDFAST_DESTINATION_RUNS: wholeNumber(1, 10_000).default(32),
  /** How long nobody may have looked for due runs before it is told of; never less than ten looks. */
  HOLDFAST_MISSING_SECONDS: seconds(1, 3600).default(60),
  /** How often web and workers look for what nobody else would tell of. */
  HOLDFAST_WATCH_SECONDS: seconds(0.1, 3600).default(30),
  /** How often HOLDFAST_DEADMAN_URL is called. */
  HOLDFAST_DEADMAN_SECONDS: seconds(0.1, 3600).default(180),
  /** By how much a worker's clock may differ from the database's. */
  HOLDFAST_CLOCK_TOLERANCE_SECONDS: seconds(0.1, 3600).default(5),
  /** For tests: how far this process's clock is ahead of its machine's; behind it with a minus. */
  HOLDFAST_CLOCK_SHIFT_SECONDS: z
    .string()
    .regex(/^-?\d+(?:\.\d+)?$/, "must be a number of seconds")
    .transform(Number)
    .default(0),
  /** How long after its run a copy that failed is tried again; each further pause is twice as long. */
  HOLDFAST_COPY_RETRY_SECONDS: seconds(0.1, 3600).default(60),
  /** How long after it a webhook delivery that failed for the first time is tried again; later pauses, up to ten hours, are multiples of it. */
  HOLDFAST_WEBHOOK_RETRY_SECONDS: seconds(0.0001, 3600).default(5),
  /** How long a webhook's receiver may take for all of its answer. */
  HOLDFAST_WEBHOOK_TIMEOUT_SECONDS: seconds(0.1, 60).default(15),
  /** How long changes are gathered before an on-change backup. */
  HOLDFAST_CHANGE_DELAY_SECONDS: seconds(0, 280).default(240),
  /** How long connecting to a system or destination, or waiting for its next byte, may take. */
  HOLDFAST_CONNECT_TIMEOUT_SECONDS: seconds(0.1, 600).default(20),
  HOLDFAST_IDLE_TIMEOUT_SECONDS: seconds(0.1, 3600).default(120),
  /** How often one member is mailed at most; what happens in between goes out together. */
  HOLDFAST_MAIL_INTERVAL_SECONDS: seconds(0, 86_400).default(300),
  /** The pause after the first attempt at a mail that failed, doubled after each further one up to an hour; and when it is given up. */
  HOLDFAST_MAIL_RETRY_SECONDS: seconds(0.1, 3600).default(60),
  HOLDFAST_MAIL_GIVE_UP_SECONDS: seconds(0.1, 604_800).default(90_000),
  /** How long a mail server may be silent; a whole mail may take three times as long. */
  HOLDFAST_MAIL_TIMEOUT_SECONDS: seconds(0.1, 300).default(20),
  /** How long a channel must have failed before it counts as one that does not work. */
  HOLDFAST_CHANNEL_FAILING_SECONDS: seconds(0, 86_400).default(3600),
  /** How long a handed-over file key and a download link live. */
  HOLDFAST_GRANT_SECONDS: seconds(1, 3600).default(600),
  HOLDFAST_DOWNLOAD_SECONDS: seconds(1, 86_400).default(900),
  /** What one attempt may spool to its work files. */
  HOLDFAST_WORK_QUOTA_BYTES: wholeNumber(1024, Number.MAX_SAFE_INTEGER).default(20 * 1024 ** 3),
  /** What one archive may unpack to at a restore. */
  HOLDFAST_UNPACK_QUOTA_BYTES: wholeNumber(1024, Number.MAX_SAFE_INTEGER).default(20 * 1024 ** 3),
};

const environment = z.object({ ...variables, ...internalVariables });
type Parsed = z.output<typeof environment>;

export interface Env extends Readonly<Omit<Parsed, "HOLDFAST_URL" | "HOLDFAST_LOCAL_ROOTS" | "HOLDFAST_ALLOWED_NETWORKS">> {
  readonly HOLDFAST_URL: string;
  readonly HOLDFAST_LOCAL_ROOTS: readonly string[];
  readonly HOLDFAST_ALLOWED_NETWORKS: AllowedNetworks;
}

/** A variable of the environment is wrong; the message is one line that names it and says how to mend it. */
export class EnvError extends Error {
  override readonly name = "EnvError";
}

let cached: Env | undefined;

/** This process's environment, read once. Throws EnvError. */
export function env(): Env {
  cached ??= readEnv(process.env);
  return cached;
}

/** Forgets what env() has read: for tests that change the environment of their own process. */
export function forgetEnv(): void {
  cached = undefined;
}

/** Validates an environment; empty values count as unset. Throws EnvError for the first wrong or contradictory value. */
export function readEnv(source: Readonly<Record<string, string | undefined>>): Env {
  const given = Object.entries(source).flatMap(([name, value]) => (value?.trim() ? [[name, value.trim()]] : []));
  const result = environment.safeParse(Object.fromEntries(given));
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new EnvError(`${String(issue?.path[0])} ${issue?.message ?? "is wrong"}. Change it, or unset it for its default.`);
  }
  const values = result.data;
  refuseContradictions(values);
  const isEmbedded = values.HOLDFAST_ROLE === "all" && !values.DATABASE_URL && !values.HOLDFAST_DATABASE_SERVER;
  return {
    ...values,
    HOLDFAST_URL: values.HOLDFAST_URL ?? `http://localhost:${values.PORT}`,
    HOLDFAST_LOCAL_ROOTS: values.HOLDFAST_LOCAL_ROOTS ?? [join(values.HOLDFAST_DATA, "local")],
    HOLDFAST_ALLOWED_NETWORKS: values.HOLDFAST_ALLOWED_NETWORKS ?? (isEmbedded ? "embedded-default" : []),
  };
}

function refuseContradictions(values: Parsed): void {
  if (values.HOLDFAST_ROLE !== "all" && !values.DATABASE_URL && !values.HOLDFAST_DATABASE_SERVER) {
    throw new EnvError(
      `HOLDFAST_ROLE is ${values.HOLDFAST_ROLE}, but the embedded database serves one machine only. Set DATABASE_URL to a PostgreSQL that all machines reach, or unset HOLDFAST_ROLE.`,
    );
  }
  allOrNone(values, ["HOLDFAST_OWNER_EMAIL", "HOLDFAST_OWNER_PASSWORD", "HOLDFAST_TENANT"]);
  allOrNone(values, ["OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"]);
  if (values.HOLDFAST_HEARTBEAT_SECONDS * 2 > values.HOLDFAST_LEASE_SECONDS) {
    throw new EnvError(
      "HOLDFAST_HEARTBEAT_SECONDS must be at most half of HOLDFAST_LEASE_SECONDS, or a living worker loses its leases. Lower it.",
    );
  }
}

function allOrNone(values: Parsed, names: readonly (keyof Parsed)[]): void {
  const missing = names.filter((name) => values[name] === undefined);
  if (missing.length === 0 || missing.length === names.length) return;
  throw new EnvError(`${missing.join(" and ")} must be set together with the rest of ${names.join(", ")}. Set all of them or none.`);
}

function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,16}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
}

function seconds(min: number, max: number) {
  const message = `must be a number of seconds from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d+(?:\.\d+)?$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
}

/** The value itself is never repeated: URLs carry passwords. */
function url(protocols: readonly string[], example: string) {
  return z.string().refine((text) => {
    const parsed = URL.parse(text);
    return parsed !== null && protocols.includes(parsed.protocol) && parsed.hostname !== "";
  }, `must be a URL such as ${example}`);
}

function isSmtpUrl(text: string): boolean {
  try {
    return readSmtpUrl(text) !== null;
  } catch {
    return false;
  }
}

function httpUrl() {
  return url(["http:", "https:"], "https://sign-in.example.com");
}

function httpOrigin() {
  return httpUrl()
    .refine((text) => {
      const parsed = URL.parse(text);
      return parsed !== null && ["", "/"].includes(parsed.pathname) && !parsed.search && !parsed.hash && !parsed.username;
    }, "must be an address without path, such as https://backup.example.com")
    .transform((text) => new URL(text).origin);
}

function is32BytesOfBase64(text: string): boolean {
  return /^[A-Za-z0-9+/]{43}=$/.test(text) && Buffer.from(text, "base64").length === 32;
}

function networks() {
  return z.string().transform((text, context): AllowedNetworks => {
    if (text === "none") return [];
    if (text === "embedded-default") return "embedded-default";
    const list = text.split(",").map((part) => part.trim());
    try {
      createAddressRules(list);
      return list;
    } catch {
      context.addIssue({ code: "custom", message: "must be networks such as 10.1.0.0/16,192.168.7.5/32, separated by commas, or none" });
      return z.NEVER;
    }
  });
}
