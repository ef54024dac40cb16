import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";

/** A statement that this process sent to PostgreSQL. */
export interface Statement {
  text: string;
  values: readonly unknown[];
  ms: number;
  /** Who sent it. */
  user: string;
  /** Whom that connection's transactions were last begun for; null for one that sees all. */
  tenantId: string | null;
}

const QUIET_MS = 5000;
const LONGEST_MS = 600_000;
/** What a tenant's transaction begins with. */
const FOR_TENANT = /set_config\('app\.tenant_id', '(\w+)'/;

interface Watch {
  /** Resolves when nothing was sent for some seconds. */
  quiet(): Promise<void>;
  end(): readonly Statement[];
}

/** Watches what every client of this process sends. One watch at a time. */
export function watchStatements(): Watch {
  const seen: Statement[] = [];
  const tenants = new WeakMap<pg.Client, string>();
  const pending = { count: 0, lastAt: performance.now() };
  const own = Object.getOwnPropertyDescriptor(pg.Client.prototype, "query");
  const send = own?.value as (this: pg.Client, ...args: unknown[]) => unknown;
  const watched = function (this: pg.Client, ...args: unknown[]): unknown {
    const answer = send.apply(this, args);
    const [asked, values] = args;
    if (!(answer instanceof Promise)) return answer;
    const config = typeof asked === "string" ? { text: asked, values } : (asked as { text?: string; values?: unknown });
    const text = config.text ?? "";
    const named = FOR_TENANT.exec(text)?.[1];
    if (named !== undefined) tenants.set(this, named);
    const sender = { user: this.user ?? "", tenantId: tenants.get(this) ?? null };
    const startedAt = performance.now();
    pending.count += 1;
    const done = () => {
      pending.count -= 1;
      pending.lastAt = performance.now();
      seen.push({ ...sender, text, values: (config.values ?? values ?? []) as unknown[], ms: performance.now() - startedAt });
    };
    answer.then(done, done);
    return answer;
  };
  Object.assign(pg.Client.prototype, { query: watched });
  return {
    async quiet() {
      const deadline = performance.now() + LONGEST_MS;
      do {
        await delay(250);
        if (performance.now() > deadline) throw new Error("The dispatcher does not come to rest.");
      } while (pending.count > 0 || performance.now() - pending.lastAt < QUIET_MS);
    },
    end() {
      if (own) Object.defineProperty(pg.Client.prototype, "query", own);
      return seen;
    },
  };
}
