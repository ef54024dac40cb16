import { z } from "zod";
import type { TenantConfiguration } from "#lib/connectors/configuration-store.ts";

const id = z.string().min(1).max(100);
const name = z.string().max(1000);
const json = z.record(z.string(), z.unknown());
const time = z.iso.datetime({ offset: true });

const connected = z.strictObject({ id, name, kind: z.string().min(1), config: json, sealedSecrets: z.string().nullable() });

/** One JSON document of the archive for each part of the configuration. What is not described here is refused. */
export const documents = {
  tenant: z.strictObject({ id, slug: z.string().min(1), name }),
  members: z.array(z.strictObject({ id, email: z.string().min(3), name, role: z.string().min(1) })),
  systems: z.array(connected),
  destinations: z.array(connected),
  policies: z.array(
    z.strictObject({
      id,
      name,
      enabled: z.boolean(),
      systemIds: z.array(id),
      destinationIds: z.array(id),
      schedule: json,
      onChange: z.boolean(),
      retention: json,
      attempts: z.int().min(1),
      windowMinutes: z.int().min(0),
      catchUp: z.string(),
    }),
  ),
  keys: z.array(
    z.strictObject({
      id,
      mode: z.string().min(1),
      fingerprint: z.string(),
      recipient: z.string().nullable(),
      protectedIdentity: z.string().nullable(),
      hint: z.string().nullable(),
      recoveryRecipients: z.array(z.string()),
      createdAt: time,
      retiredAt: time.nullable(),
    }),
  ),
  settings: json,
} satisfies { [Part in keyof TenantConfiguration]: z.ZodType<TenantConfiguration[Part]> };

export type Part = keyof typeof documents;

export const parts = Object.keys(documents) as Part[];

/** Path of a part's document in the archive. */
export function pathOf(part: Part): string {
  return `configuration/${part}.json`;
}

export function partOf(path: string): Part | null {
  return parts.find((part) => pathOf(part) === path) ?? null;
}
