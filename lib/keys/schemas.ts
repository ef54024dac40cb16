import { z } from "zod";
import { pageInput, pageOf } from "#lib/http/paging.ts";

// Browser-safe: the forms validate with what the server validates with.

export const keyModes = ["passphrase", "managed", "off"] as const;
export type KeyMode = (typeof keyModes)[number];

/** A key as the API shows it: never its secret half. */
export const keySchema = z.object({
  id: z.string(),
  mode: z.enum(keyModes),
  fingerprint: z.string().describe("16 hexadecimal digits that tell keys apart; empty with mode off."),
  recipient: z.string().nullable().describe("The public half, as age writes it."),
  createdAt: z.iso.datetime(),
  retiredAt: z.iso.datetime().nullable().describe("When another key took over; null for the one that new backups are encrypted to."),
  hint: z.string().nullable(),
  recoveryRecipients: z.array(z.string()),
  backupCount: z.number().int(),
});
export type KeyDto = z.output<typeof keySchema>;

export const listKeysInput = pageInput;
export const keyListSchema = pageOf(keySchema);

const recipient = z
  .string()
  .trim()
  .regex(/^age1[02-9ac-hj-np-z]{58}$/, "An age recipient begins with age1 and has 62 characters; copy it whole.");

const hint = z.string().trim().max(200, "Keep the hint under 200 characters.");

/** A blank passphrase means that backups are not encrypted from now on; a missing one is a mistake. */
export const setCurrentKeyInput = z
  .object({
    mode: z.enum(keyModes, { error: "Choose passphrase, managed or off." }),
    passphrase: z.string().max(1024, "Keep the passphrase under 1024 characters.").optional(),
    hint: hint.optional(),
    recoveryRecipients: z.array(recipient).max(10, "At most 10 recovery recipients.").optional(),
    password: z.string().max(1024).optional().describe("Your login password again; the very first choice needs none."),
  })
  .superRefine((input, context) => {
    if (input.mode === "passphrase" && input.passphrase === undefined) {
      context.addIssue({
        code: "custom",
        path: ["passphrase"],
        message: "Type a passphrase; leave it blank only to switch encryption off.",
      });
    }
    if (modeOf(input) === "off" && (input.recoveryRecipients?.length ?? 0) > 0) {
      context.addIssue({
        code: "custom",
        path: ["recoveryRecipients"],
        message: "Without encryption there is nobody to encrypt to; remove the recovery recipients.",
      });
    }
  });
export type SetCurrentKeyInput = z.output<typeof setCurrentKeyInput>;

/** The mode that an input asks for: a blank passphrase switches encryption off. */
export function modeOf(input: { mode: KeyMode; passphrase?: string | undefined }): KeyMode {
  return input.mode === "passphrase" && input.passphrase?.trim() === "" ? "off" : input.mode;
}

export const keyFileSchema = z.object({ fileName: z.string(), content: z.string().describe("The file's text.") });
export type KeyFile = z.output<typeof keyFileSchema>;

export const currentKeySchema = keySchema.extend({
  keyFile: keyFileSchema.nullable().describe("The protected key file to put in a safe place; null unless there is a passphrase."),
});

/** Whether nobody has chosen yet: the one key is the managed one of the set-up, and the first choice needs no proof. */
export function isBeforeFirstChoice(keys: readonly { mode: string }[]): boolean {
  return keys.length === 0 || (keys.length === 1 && keys[0]?.mode === "managed");
}
