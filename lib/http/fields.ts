import { z } from "zod";

/** A name of anything: emoji and slashes are fine, up to 255 bytes of UTF-8. Browser-safe. */
export const nameField = z
  .string({ error: "Type a name." })
  .trim()
  .min(1, "Type a name.")
  .refine((name) => new TextEncoder().encode(name).length <= 255, "A name has at most 255 bytes.")
  // Control characters would break lists, logs and file names alike.
  .refine((name) => !/\p{Cc}/u.test(name), "A name holds no line breaks or control characters.");

export const idField = z.string().min(1).max(64);

/** The input of an operation on one thing. */
export const idInput = z.object({ id: idField });

export const instant = z.iso.datetime();
