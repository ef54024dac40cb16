import pg from "pg";
import { CHANGES_CHANNEL, type Change } from "#lib/db/changes.ts";
import { loginUrl } from "#lib/db/login-roles.ts";
import { databaseServerUrl, masterKey } from "#lib/installation.ts";
import { log } from "#lib/log.ts";

type Listener = (change: Change) => void;

interface Feed {
  listeners: Set<Listener>;
  client: pg.Client | null;
}

const RECONNECT_MS = 2_000;

/** Kept on globalThis, because a development server evaluates modules anew after every edit. */
const holder = globalThis as typeof globalThis & { holdfastChangeFeed?: Feed };

/**
 * Hears every tenant's changes on one connection per process; the caller filters by tenant. Returns how to stop.
 * After a lost connection it listens again; what was told meanwhile is lost, so listeners are told of "everything".
 */
export function listenToChanges(listener: Listener): () => void {
  holder.holdfastChangeFeed ??= { listeners: new Set(), client: null };
  const feed = holder.holdfastChangeFeed;
  feed.listeners.add(listener);
  if (!feed.client) void connect(feed);
  return () => {
    feed.listeners.delete(listener);
    if (feed.listeners.size > 0 || !feed.client) return;
    const { client } = feed;
    feed.client = null;
    client.end().catch((error: unknown) => log.warn({ err: error }, "The connection that hears changes did not close cleanly"));
  };
}

async function connect(feed: Feed): Promise<void> {
  const connectionString = loginUrl(databaseServerUrl(), "app", masterKey());
  const client = new pg.Client({ connectionString, application_name: "holdfast-changes", keepAlive: true });
  feed.client = client;
  client.on("notification", ({ payload }) => tell(feed, JSON.parse(payload ?? "{}") as Change));
  client.on("error", (error) => log.warn({ err: error }, "The connection that hears changes broke"));
  client.on("end", () => {
    if (feed.client === client) setTimeout(() => void reconnect(feed, client), RECONNECT_MS);
  });
  try {
    await client.connect();
    await client.query(`LISTEN ${CHANGES_CHANNEL}`);
  } catch (error) {
    log.warn({ err: error }, "Cannot hear changes yet");
    await client.end().catch((failure: unknown) => log.debug({ err: failure }, "Nothing to close"));
  }
}

async function reconnect(feed: Feed, lost: pg.Client): Promise<void> {
  if (feed.client !== lost || feed.listeners.size === 0) return;
  await connect(feed);
  tell(feed, { tenantId: "*", kinds: ["*"] });
}

function tell(feed: Feed, change: Change): void {
  for (const listener of feed.listeners) listener(change);
}
