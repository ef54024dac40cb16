import { z } from "zod";
import type { Transaction } from "#lib/db/client.ts";
import { operation } from "#lib/operation.ts";
import { DEFAULT_VERIFY_DAYS, type SettingsDto, settingsSchema, verifyDaysField } from "#lib/settings/schemas.ts";

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

/** The present tenant's settings. One that was never set, or cannot be read, has its default. */
export async function readSettings(db: Transaction): Promise<SettingsDto> {
  const { id, slug, name, settings } = await db.tenant.findFirstOrThrow({ select: { id: true, slug: true, name: true, settings: true } });
  return { tenantId: id, slug, name, ...storedSettings.parse(settings) };
}

const storedSettings = z.object({ verifyDays: verifyDaysField.catch(DEFAULT_VERIFY_DAYS) }).catch({ verifyDays: DEFAULT_VERIFY_DAYS });
