import { z } from "zod";
import type { Transaction } from "#lib/db/client.ts";
import { operation } from "#lib/operation.ts";
import { type SettingsDto, settingsSchema } from "#lib/settings/schemas.ts";

export const getSettings = operation({
  name: "getSettings",
  summary: "The tenant's settings.",
  http: { method: "GET", path: "/settings" },
  permission: "settings.read",
  input: z.object({}),
  output: settingsSchema,
  audit: "nothing: a look at what auditors may see",
  run: (db) => readSettings(db),
});

/** The present tenant's settings. */
export async function readSettings(db: Transaction): Promise<SettingsDto> {
  const { id, slug, name } = await db.tenant.findFirstOrThrow({ select: { id: true, slug: true, name: true } });
  return { tenantId: id, slug, name };
}
