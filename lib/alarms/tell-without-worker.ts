import { acrossTenants } from "#lib/db/across-tenants.ts";
import type { Transaction } from "#lib/db/client.ts";
import { spreadWaiting } from "#lib/events/spread-events.ts";
import { log } from "#lib/log.ts";
import { findDueMails } from "#lib/mail/due-mails.ts";
import { mailJob } from "#lib/mail/run-mail.ts";
import type { Bell } from "#lib/queue/enqueue.ts";
import { deliverWebhookJob } from "#lib/webhooks/deliver-webhook.ts";
import { findDueDeliveries } from "#lib/webhooks/due-deliveries.ts";

/** What is left then has its turn in the next round, after another look at whether a worker has come back. */
const LONGEST_TELLING_MS = 30_000;
/** Most of the time is waiting for somebody else's server. */
const AT_ONCE = 8;

type Due = Bell<"mail.send"> | Bell<"webhook.deliver">;

/**
 * Does what the workers' round of notifications does, where none does it: makes deliveries and mails of what happened, and sends what is due, the tenants taking
 * turns. By the same claims, so that a worker that comes back meanwhile sends nothing twice. Throws nothing that one delivery or mail alone is to blame for.
 */
export async function tellWithoutWorker(signal: AbortSignal): Promise<void> {
  await spreadWaiting();
  const untilMs = performance.now() + LONGEST_TELLING_MS;
  const isOver = () => signal.aborted || performance.now() > untilMs;
  const tried = new Set<string>();
  // A look finds the first of each webhook and member; what could not be sent is due later.
  while (!isOver()) {
    const due = (await acrossTenants("scheduler", findDue)).filter(({ rowId }) => !tried.has(rowId));
    if (due.length === 0) return;
    for (const { rowId } of due) tried.add(rowId);
    const next = due.values();
    const workOff = async () => {
      for (let bell = next.next(); !bell.done && !isOver(); bell = next.next()) await send(bell.value, signal);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, workOff));
  }
}

async function findDue(db: Transaction): Promise<Due[]> {
  return [...(await findDueMails(db)), ...(await findDueDeliveries(db))];
}

async function send(bell: Due, signal: AbortSignal): Promise<void> {
  const worker = { signal };
  try {
    if (bell.name === "mail.send") await mailJob({ ...bell.payload, worker });
    else await deliverWebhookJob({ ...bell.payload, worker });
  } catch (error) {
    log.error({ err: error }, "Something could not be told; it is tried again");
  }
}
