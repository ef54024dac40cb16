import { z } from "zod";
import { readWorkers } from "#lib/alarms/read-workers.ts";
import { type Notices, noticesSchema } from "#lib/alarms/schemas.ts";
import { clockDoubtOf } from "#lib/clock/clock-doubt.ts";
import { databaseNow } from "#lib/clock/database-now.ts";
import type { Transaction } from "#lib/db/client.ts";
import { readChannels } from "#lib/events/read-channels.ts";
import { operation } from "#lib/operation.ts";

export const getNotices = operation({
  name: "getNotices",
  summary: "What must not be overlooked on any page: workers that make no backups, a clock in doubt, and that nobody would be told.",
  http: { method: "GET", path: "/notices" },
  permission: "runs.read",
  input: z.object({}),
  output: noticesSchema,
  audit: "nothing: reads what everyone may see",
  run: readNotices,
});

async function readNotices(db: Transaction): Promise<Notices> {
  return {
    workers: await readWorkers(db),
    clockDoubt: await clockDoubtOf(db, await databaseNow(db)),
    channels: await readChannels(db),
    disabledWebhooks: await db.webhook.count({ where: { enabled: false, disabledFor: { not: null }, deletedAt: null } }),
  };
}
