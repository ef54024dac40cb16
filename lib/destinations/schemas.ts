import { z } from "zod";
import { configInput, kindField } from "#lib/connectors/validation-schemas.ts";
import { idField, nameField } from "#lib/http/fields.ts";

/** A destination as the API shows it: secrets go in and never come out, only which are stored. */
export const destinationSchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.string(),
  config: z.record(z.string(), z.unknown()),
  storedSecrets: z.array(z.string()),
  connectorInstalled: z.boolean(),
  /** Sentences that a person should read before trusting where this destination keeps things, and how. */
  warnings: z.array(z.string()),
  copyCount: z.number(),
  createdAt: z.string(),
});
export type DestinationDto = z.infer<typeof destinationSchema>;

export const createDestinationInput = z.object({ name: nameField, kind: kindField, config: configInput });
export const updateDestinationInput = z.object({ id: idField, name: nameField.optional(), config: configInput.optional() });
export const validateDestinationInput = z.object({ kind: kindField, config: configInput });
export const validateStoredDestinationInput = z.object({ id: idField, config: configInput.optional() });
export const setUpInput = z.object({ kind: kindField, config: configInput });
export const setUpSchema = z.object({
  warnings: z.array(z.string()),
  texts: z.array(z.object({ title: z.string(), help: z.string(), text: z.string() })),
});
export type SetUpDto = z.infer<typeof setUpSchema>;
