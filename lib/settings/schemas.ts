import { z } from "zod";
import { nameField } from "#lib/http/fields.ts";

export const settingsSchema = z.object({ tenantId: z.string(), slug: z.string(), name: z.string() });
export type SettingsDto = z.infer<typeof settingsSchema>;

export const updateSettingsInput = z.object({ name: nameField });
