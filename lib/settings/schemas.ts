import { z } from "zod";
import { nameField } from "#lib/http/fields.ts";

/** A month. */
export const DEFAULT_VERIFY_DAYS = 30;

/** Of what a person types in a form, too. */
export const verifyDaysField = z
  .int({ error: "Type a whole number of days, or 0." })
  .min(0, "Type a whole number of days, or 0.")
  .max(3650, "At most 3650 days.");

export const settingsSchema = z.object({
  tenantId: z.string(),
  slug: z.string(),
  name: z.string(),
  verifyDays: verifyDaysField.describe("Each backup is verified once in so many days; 0 switches it off."),
});
export type SettingsDto = z.infer<typeof settingsSchema>;

export const updateSettingsInput = z.object({ name: nameField.optional(), verifyDays: verifyDaysField.optional() });
