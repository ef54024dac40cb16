import { operation } from "#lib/operation.ts";
import { readSettings } from "#lib/settings/get-settings.ts";
import { settingsSchema, updateSettingsInput } from "#lib/settings/schemas.ts";

export const updateSettings = operation({
  name: "updateSettings",
  summary: "Changes the tenant's settings.",
  http: { method: "PATCH", path: "/settings" },
  permission: "settings.write",
  input: updateSettingsInput,
  output: settingsSchema,
  audit: ({ tenantId, name }) => ({
    action: "settings.changed",
    subjectKind: "tenant",
    subjectId: tenantId,
    subjectLabel: name,
    detail: { name },
  }),
  changes: ["settings"],
  changesConfiguration: true,
  run: async (db, context, { name }) => {
    await db.tenant.updateMany({ where: { id: context.tenant.id }, data: { name } });
    return readSettings(db);
  },
});
