import { z } from "zod";
import { configInput, kindField } from "#lib/connectors/validation-schemas.ts";
import { idField, nameField } from "#lib/http/fields.ts";
import { retentionDecisionsSchema } from "#lib/policies/schemas.ts";

/** A system as the API shows it: secrets go in and never come out, only which are stored. */
export const systemSchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.string(),
  config: z.record(z.string(), z.unknown()),
  storedSecrets: z.array(z.string()),
  version: z.string().nullable(),
  connectorInstalled: z.boolean(),
  lastBackup: z.object({ id: z.string(), createdAt: z.string(), proven: z.string() }).nullable(),
  overdueSince: z
    .string()
    .nullable()
    .describe("Since when it has no good backup within the promise of its enabled policies; null while it has, or is promised nothing."),
  maintenance: z.null(),
  createdAt: z.string(),
});
export type SystemDto = z.infer<typeof systemSchema>;

export const createSystemInput = z.object({ name: nameField, kind: kindField, config: configInput });
export const updateSystemInput = z.object({ id: idField, name: nameField.optional(), config: configInput.optional() });
export const validateSystemInput = z.object({ kind: kindField, config: configInput });
export const validateStoredSystemInput = z.object({ id: idField, config: configInput.optional() });

/** What retention would do, were what is held released. */
export const heldRetentionSchema = retentionDecisionsSchema.extend({
  held: z.number().describe("Backups that retention leaves alone until somebody confirms."),
});
export type HeldRetentionDto = z.infer<typeof heldRetentionSchema>;

/** A kind of system or destination, with its form. */
export const connectorSchema = z.object({
  kind: z.string(),
  label: z.string(),
  description: z.string(),
  notInBackup: z.array(z.string()),
  fields: z.array(
    z.object({
      name: z.string(),
      label: z.string(),
      help: z.string().nullable(),
      placeholder: z.string().nullable(),
      input: z.enum(["text", "number", "password", "textarea", "select", "switch", "list"]),
      options: z.array(z.object({ value: z.string(), label: z.string() })),
      secret: z.boolean(),
      address: z.boolean(),
      observed: z.boolean(),
      showWhen: z.object({ field: z.string(), equals: z.union([z.string(), z.array(z.string())]) }).nullable(),
      required: z.boolean(),
      default: z.unknown(),
    }),
  ),
});
export type ConnectorDto = z.infer<typeof connectorSchema>;
