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
  audit: ({ tenantId, name }, input) => ({
    action: "settings.changed",
    subjectKind: "tenant",
    subjectId: tenantId,
    subjectLabel: name,
    detail: { name, ...(input.verifyDays === undefined ? {} : { verifyDays: input.verifyDays }) },
  }),
  changes: ["settings"],
  changesConfiguration: true,
  run: async (db, context, { name, verifyDays }) => {
    const { id } = context.tenant;
    if (name !== undefined) await db.tenant.updateMany({ where: { id }, data: { name } });
    if (verifyDays !== undefined) {
      // What else is set stays as it is.
      const { settings } = await db.tenant.findFirstOrThrow({ select: { settings: true } });
      await db.tenant.updateMany({ where: { id }, data: { settings: { ...(settings as object), verifyDays } } });
    }
    return readSettings(db);
  },
});
