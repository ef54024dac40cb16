import { z } from "zod";

/** A Validate's answer, as the API gives it. Browser-safe. */
export const validationResult = z.object({
  ok: z.boolean(),
  steps: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string(), durationMs: z.number() })),
  observed: z.record(z.string(), z.string()).optional(),
});

/** What a person typed into a connector's form; the connector's own schema parses it. */
export const configInput = z.record(z.string(), z.unknown());

export const kindField = z.string({ error: "Choose a kind." }).min(1, "Choose a kind.").max(64);

/** How long a Validate may take in all. */
export const VALIDATION_TIMEOUT_MS = 60_000;
