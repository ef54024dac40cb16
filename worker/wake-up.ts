import pg from "pg";
import { z } from "zod";
import { CHANGES_CHANNEL } from "#lib/db/changes.ts";
import { loginUrl } from "#lib/db/login-roles.ts";
import { databaseServerUrl, masterKey } from "#lib/installation.ts";
import { log } from "#lib/log.ts";

const changeSchema = z.object({ tenantId: z.string(), kinds: z.array(z.string()) });

const RECONNECT_MS = 2000;

/** Told of changes that may leave something to do: kinds of things of a tenant. */
type OnChange = (change: z.output<typeof changeSchema>) => void;

/**
 * Listens for changes, so that a run that a person waits for begins at once. Without it (a pooler that swallows notifications, a broken connection)
 * everything still happens at the dispatcher's next look.
 */
export function listenForWork(onChange: OnChange): { close(): Promise<void> } {
  let client: pg.Client | null = null;
  let retry: NodeJS.Timeout | undefined;
  let isClosed = false;

  async function connect(): Promise<void> {
    const fresh = new pg.Client({ connectionString: loginUrl(databaseServerUrl(), "scheduler", masterKey()), keepAlive: true });
    client = fresh;
    fresh.on("error", (error) => again(error));
    fresh.on("notification", (message) => {
      const change = changeSchema.safeParse(JSON.parse(message.payload ?? "null"));
      if (change.success) onChange(change.data);
    });
    await fresh.connect();
    await fresh.query(`LISTEN ${CHANGES_CHANNEL}`);
  }

  function again(error: unknown): void {
    if (isClosed) return;
    log.warn({ err: error }, "The worker does not hear of changes; it looks for itself until it does");
    clearTimeout(retry);
    retry = setTimeout(() => void connect().catch(again), RECONNECT_MS);
  }

  void connect().catch(again);
  return {
    async close() {
      isClosed = true;
      clearTimeout(retry);
      await client?.end();
    },
  };
}
