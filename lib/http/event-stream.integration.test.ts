import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestInstallation, type TestInstallation } from "#e2e/servers/installation.ts";
import type { Context } from "#lib/auth/context.ts";
import { sessionCookie } from "#lib/auth/session.ts";
import { notifyChange } from "#lib/db/changes.ts";
import { closeClients } from "#lib/db/client.ts";
import { withTenant } from "#lib/db/with-tenant.ts";
import { TooManyRequestsError } from "#lib/errors.ts";
import { eventStream } from "#lib/http/event-stream.ts";
import { createTestTenant } from "#lib/tenants/tenant-fixture.ts";

let installation: TestInstallation;
beforeAll(async () => {
  installation = await createTestInstallation();
});
afterAll(async () => {
  await closeClients();
  await installation.remove();
});

async function openAs({ actor, tenant }: Context, gone = new AbortController()) {
  const [cookie] = (await sessionCookie(actor.accountId, { sessionId: actor.sessionId, version: 1 })).split(";");
  const request = new Request("http://localhost/events", { headers: { cookie: cookie ?? "" }, signal: gone.signal });
  const { body } = await eventStream(request, tenant.slug);
  const reader = body?.getReader();
  if (!reader) throw new Error("The stream has no body.");
  return { gone, reader, next: async () => new TextDecoder().decode((await reader.read()).value) };
}

const tell = (tenantId: string) => withTenant(tenantId, (db) => notifyChange(db, { tenantId, kinds: ["runs"], ids: ["run_x"] }));

test("tells a tenant's changes to its members only, and goes on when another reader has left", async () => {
  const [mine, theirs] = [await createTestTenant(), await createTestTenant()];
  const left = await openAs(mine.owner);
  const stays = await openAs(mine.owner);
  for (const { next } of [left, stays]) expect(await next()).toBe("retry: 3000\n\n");
  left.gone.abort();
  const cancelled = await openAs(mine.owner);
  await cancelled.reader.cancel();
  // The connection that hears changes is made by the first reader; what is told before it listens is lost.
  const heard = stays.next();
  const telling = setInterval(() => void tell(theirs.id).then(() => tell(mine.id)), 50);
  expect(await heard).toBe('data: {"kinds":["runs"],"ids":["run_x"]}\n\n');
  clearInterval(telling);
  await stays.reader.cancel();
});

test("a session has so many, and gets more once it has closed some", async () => {
  const { owner } = await createTestTenant();
  const streams = await Promise.all(Array.from({ length: 20 }, () => openAs(owner)));
  await expect(openAs(owner)).rejects.toBeInstanceOf(TooManyRequestsError);
  streams[0]?.gone.abort();
  await streams[1]?.reader.cancel();
  streams.push(await openAs(owner), await openAs(owner));
  await expect(openAs(owner)).rejects.toBeInstanceOf(TooManyRequestsError);
  for (const { reader } of streams) await reader.cancel().catch(() => undefined);
});

test("a reader that has fallen asleep is let go instead of gathering everything", async () => {
  const { owner, id } = await createTestTenant();
  const asleep = await openAs(owner);
  const awake = await openAs(owner);
  await awake.next();
  await untilHeard(awake, id);
  // In bursts that each fit into what a reader may leave lying, so that only who never reads falls behind.
  for (const burst of [1, 2, 3, 4]) {
    const ids = Array.from({ length: 50 }, (_, nth) => `run_${burst}_${nth}`);
    await tellEach(id, ids);
    for (const each of ids) expect(await awake.next()).toContain(each);
  }
  let unread = 0;
  for (; !(await asleep.reader.read()).done;) unread += 1;
  expect(unread).toBeLessThanOrEqual(101);
  await awake.reader.cancel();
});

/** In one transaction, each as a notification of its own. */
async function tellEach(tenantId: string, ids: string[]): Promise<void> {
  await withTenant(tenantId, async (db) => {
    for (const id of ids) await notifyChange(db, { tenantId, kinds: ["runs"], ids: [id] });
  });
}

/** The connection that hears changes may be a new one, which hears nothing before it listens; then reads all that it was told until now. */
async function untilHeard({ next }: { next: () => Promise<string> }, tenantId: string): Promise<void> {
  const heard = next();
  const state = { isHeard: false };
  void heard.then(() => (state.isHeard = true));
  while (!state.isHeard) {
    await tell(tenantId);
    await delay(20);
  }
  await tellEach(tenantId, ["last"]);
  while (!(await next()).includes("last")) continue;
}
