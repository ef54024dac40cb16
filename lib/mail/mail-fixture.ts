import { forgetEnv } from "#lib/env.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { recordEvents } from "#lib/events/record-event.ts";
import { spreadEvents } from "#lib/events/spread-events.ts";
import { newId } from "#lib/ids.ts";
import { mailJob } from "#lib/mail/run-mail.ts";
import type { TestTenant } from "#lib/tenants/tenant-fixture.ts";

/** Gives this process another mail server; null for none. */
export function useMailServer(url: string | null): void {
  if (url === null) Reflect.deleteProperty(process.env, "SMTP_URL");
  else process.env["SMTP_URL"] = url;
  forgetEnv();
}

/** Lets so many backups of the tenant's first system fail, and spreads that. */
export async function failRuns(tenant: TestTenant, count = 1, message = "The bucket answered 403."): Promise<void> {
  await withTenant(tenant.id, async (db) => {
    const { id: systemId } = await db.system.findFirstOrThrow();
    const failure = { message, mend: "Let the key write there." };
    const events = Array.from({ length: count }, () => {
      const runId = newId("run");
      const subject = { tenantId: tenant.id, subjectKind: "run", subjectId: runId };
      return { subject, data: { runId, systemId, policyId: null, trigger: "schedule", failure } };
    });
    await recordEvents(db, "run.failed", events);
  });
  while (await spreadEvents());
}

/** As if what a member's mail waits for had passed: pauses between attempts and between messages. */
export async function letTimePass(tenant: TestTenant, seconds = 86_000): Promise<void> {
  await withTenant(tenant.id, async (db) => {
    await db.$executeRaw`UPDATE mails SET next_attempt_at = next_attempt_at - make_interval(secs => ${seconds}), created_at = created_at - make_interval(secs => ${seconds})`;
    await db.$executeRaw`UPDATE members SET mail_next_at = mail_next_at - make_interval(secs => ${seconds})`;
  });
}

/** Does what the job of that person's mail does. */
export async function sendMail(tenant: TestTenant, memberId = tenant.owner.actor.memberId): Promise<void> {
  await mailJob({ tenantId: tenant.id, memberId, worker: { signal: new AbortController().signal } });
}

/** The tenant's mails, oldest first. */
export async function mailsOf(tenant: TestTenant) {
  return withTenant(tenant.id, (db) => db.mail.findMany({ orderBy: { id: "asc" } }));
}

/** What was told of channels that fail. */
export async function channelFailures(tenant: TestTenant): Promise<unknown[]> {
  return withTenant(tenant.id, async (db) => {
    const events = await db.event.findMany({ where: { type: "channel.failed" }, orderBy: { id: "asc" } });
    return events.map(({ data }) => data);
  });
}
