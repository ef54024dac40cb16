import type { Role } from "#lib/auth/permissions.ts";
import { acrossTenants } from "#lib/db/across-tenants.ts";
import { notifyChange } from "#lib/db/changes.ts";
import type { Transaction } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { env } from "#lib/env.ts";
import { type EventName, eventTypes } from "#lib/events/event-types.ts";
import { wantsMail } from "#lib/events/mail-choice.ts";
import { namesOf } from "#lib/events/names-of.ts";
import { tell, type UntoldEvent } from "#lib/events/told.ts";
import { newId } from "#lib/ids.ts";
import { log } from "#lib/log.ts";
import { faultPoint } from "#lib/runs/fault-points.ts";

/** Events of one tenant in one transaction. */
const MOST_AT_ONCE = 100;
/** Tenants have a turn each; more than so many have theirs in the next round. */
const MOST_TENANTS = 500;
/** What is left then has its turn at the next look: what was spread is to go out, whoever else has much to be told. */
const LONGEST_SPREADING_MS = 2000;

interface StoredEvent extends UntoldEvent {
  id: string;
  type: EventName;
}

/** Spreads what waits, for a bounded time. */
export async function spreadWaiting(longestMs = LONGEST_SPREADING_MS): Promise<void> {
  const untilMs = performance.now() + longestMs;
  while ((await spreadEvents()) && performance.now() < untilMs);
}

/**
 * Makes, for each new event, a delivery for each webhook and a mail for each member that wants it, once: the event says in the same transaction that it
 * was spread. Any number of workers may do so at once. A tenant has at most 100 events in a round; answers whether there may be more to do at once.
 */
export async function spreadEvents(): Promise<boolean> {
  const waiting = await acrossTenants("scheduler", findTenants);
  let isMore = waiting.length === MOST_TENANTS;
  for (const { tenantId } of waiting) {
    try {
      isMore = (await withTenant(tenantId, (db) => spreadTenant(db, tenantId))) === MOST_AT_ONCE || isMore;
    } catch (error) {
      // One tenant's trouble must not hold up everybody else's.
      log.error({ err: error, tenantId }, "Events could not be spread; it is tried again");
    }
  }
  return isMore;
}

/** The index `events_unspread_idx` leads from tenant to tenant, however many events one of them has. */
async function findTenants(db: Transaction): Promise<{ tenantId: string }[]> {
  return db.$queryRaw`
    WITH RECURSIVE waiting AS (
      (SELECT tenant_id, created_at FROM events WHERE spread_at IS NULL ORDER BY tenant_id, created_at LIMIT 1)
      UNION ALL
      SELECT next.tenant_id, next.created_at FROM waiting CROSS JOIN LATERAL (
        SELECT tenant_id, created_at FROM events WHERE spread_at IS NULL AND tenant_id > waiting.tenant_id
        ORDER BY tenant_id, created_at LIMIT 1) next)
    SELECT tenant_id AS "tenantId" FROM waiting ORDER BY created_at LIMIT ${MOST_TENANTS}`;
}

async function spreadTenant(db: Transaction, tenantId: string): Promise<number> {
  const events = await db.$queryRaw<StoredEvent[]>`
    SELECT id, type, subject_kind AS "subjectKind", subject_id AS "subjectId", data FROM events
    WHERE spread_at IS NULL ORDER BY created_at, id LIMIT ${MOST_AT_ONCE} FOR UPDATE SKIP LOCKED`;
  if (events.length === 0) return 0;
  // A test goes where its button says; a type of a newer version is told by that version's workers only.
  const spread = events.filter(({ type }) => type !== "test" && Object.hasOwn(eventTypes, type));
  const deliveries = await wantedDeliveries(db, spread);
  const mails = await wantedMails(db, spread);
  const wanted = new Set([...deliveries, ...mails].map(({ eventId }) => eventId));
  await markSpread(db, events, (event) => event.type === "test" || wanted.has(event.id));
  const made = (await makeDeliveries(db, deliveries)) + (await makeMails(db, mails));
  await faultPoint("in-notification");
  if (made > 0) await notifyChange(db, { tenantId, kinds: ["deliveries", "mails"] });
  return events.length;
}

/** What nobody wants to hear, as most nights' successes, gets no names, which would have to be looked up. */
async function markSpread(db: Transaction, events: readonly StoredEvent[], isWanted: (event: StoredEvent) => boolean): Promise<void> {
  const told = events.filter(isWanted);
  const names = told.length === 0 ? null : await namesOf(db, told);
  const rows = events.map((event) => ({
    id: event.id,
    data: names !== null && isWanted(event) ? tell(event, names, env().HOLDFAST_URL) : event.data,
  }));
  await db.$executeRaw`
    UPDATE events SET data = told.data, spread_at = clock_timestamp()
    FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS told (id text, data jsonb) WHERE events.id = told.id`;
}

interface WantedDelivery {
  id: string;
  webhookId: string;
  eventId: string;
}

async function wantedDeliveries(db: Transaction, events: readonly StoredEvent[]): Promise<WantedDelivery[]> {
  const webhooks = await db.webhook.findMany({ where: { enabled: true, deletedAt: null }, select: { id: true, types: true } });
  return events.flatMap(({ id, type, data }) =>
    // A webhook is not told of its own failure: others are.
    webhooks
      .filter((webhook) => webhook.types.includes(type) && data["channelId"] !== webhook.id)
      .map((webhook) => ({ id: newId("delivery"), webhookId: webhook.id, eventId: id })),
  );
}

async function makeDeliveries(db: Transaction, wanted: readonly WantedDelivery[]): Promise<number> {
  if (wanted.length === 0) return 0;
  return db.$executeRaw`
    INSERT INTO deliveries (id, webhook_id, event_id, status, next_attempt_at)
    SELECT id, "webhookId", "eventId", 'pending', clock_timestamp()
    FROM jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) AS wanted (id text, "webhookId" text, "eventId" text)
    ON CONFLICT DO NOTHING`;
}

interface WantedMail {
  id: string;
  eventId: string;
  memberId: string;
}

/** Without a mail server there is no mail, neither now nor in a heap on the day that there is one. */
async function wantedMails(db: Transaction, events: readonly StoredEvent[]): Promise<WantedMail[]> {
  if (env().SMTP_URL === undefined) return [];
  const members = await db.member.findMany({ select: { id: true, role: true, mailTypes: true } });
  return events.flatMap((event) =>
    members
      .filter(({ id, role, mailTypes }) => isTold(event, id) && wantsMail({ role: role as Role, mailTypes }, event.type))
      .map((member) => ({ id: newId("mail"), eventId: event.id, memberId: member.id })),
  );
}

async function makeMails(db: Transaction, wanted: readonly WantedMail[]): Promise<number> {
  if (wanted.length === 0) return 0;
  return db.$executeRaw`
    INSERT INTO mails (id, event_id, member_id, status, next_attempt_at)
    SELECT wanted.id, "eventId", members.id, 'pending', greatest(clock_timestamp(), members.mail_next_at)
    FROM jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) AS wanted (id text, "eventId" text, "memberId" text)
    JOIN members ON members.id = "memberId"
    ON CONFLICT DO NOTHING`;
}

/** That mail fails is not told by mail: to nobody when it is the server, and not to the one whose address is refused. */
function isTold({ type, data }: StoredEvent, memberId: string): boolean {
  if (type !== "channel.failed" || data["channel"] !== "mail") return true;
  return data["channelId"] !== null && data["channelId"] !== memberId;
}
