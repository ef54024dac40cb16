import { z } from "zod";
import { idField, instant } from "#lib/http/fields.ts";

// Browser-safe.

/** The login password comes with it, see start-download.ts. */
export const startDownloadInput = z.object({
  id: idField,
  passphrase: z.string().max(1024, "A passphrase has at most 1024 characters.").optional(),
});

export const downloadSchema = z.object({
  id: z.string(),
  url: z.string().describe("Works once, in this session only, until it expires."),
  expiresAt: instant,
});
