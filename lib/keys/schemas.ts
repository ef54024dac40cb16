import { z } from "zod";
import { idInput } from "#lib/http/fields.ts";
import { pageInput, pageOf } from "#lib/http/paging.ts";

// Browser-safe: the forms validate with what the server validates with.

export const keyModes = ["passphrase", "managed", "off"] as const;
export type KeyMode = (typeof keyModes)[number];

/** Beside the key's own recipient. */
export const MAX_RECOVERY_RECIPIENTS = 10;

export const keyCopyStatuses = ["writing", "stored", "damaged", "missing", "deleting"] as const;

/** A key's file as it lies in one destination. */
const keyFileCopySchema = z.object({
  destinationId: z.string(),
  destinationName: z.string(),
  version: z.number().int().describe("The number in the file's name; older ones open with the passphrase of their own day."),
  objectKey: z.string(),
  status: z.enum(keyCopyStatuses),
  failure: z.string().nullable().describe("Why it could not be written or removed so far; it is tried again."),
});
export type KeyFileCopy = z.output<typeof keyFileCopySchema>;

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
  origin: z.enum(["made", "rebuilt"]).describe("rebuilt: found in a destination."),
  isOpened: z.boolean().describe("False for a key that was found in a destination until somebody opened it or brought its key file."),
  signingPublicKey: z
    .string()
    .nullable()
    .describe("The raw Ed25519 key, in base64, whose signatures under this key's backups are to be believed."),
  isProtected: z.boolean().describe("Whether its backups can be opened once this installation is gone."),
  identityTakenAt: z.iso.datetime().nullable().describe("When an owner took a managed key's file away."),
  passphraseSetAt: z.iso.datetime().describe("When the passphrase that opens it was set."),
  protectionVersion: z.number().int().describe("The number of the present key file; it rises when an old key gets a new passphrase."),
  isProtectionPending: z.boolean().describe("A new passphrase is on its way into every destination; until then both open."),
  provenAt: z.iso.datetime().nullable().describe("When somebody last proved that they can open it."),
  proofDueAt: z.iso.datetime().nullable().describe("When that is to be proven again; null where there is nothing to prove."),
  isProofOverdue: z.boolean(),
  copies: z.array(keyFileCopySchema).describe("Where its protected file lies."),
});
export type KeyDto = z.output<typeof keySchema>;

export const listKeysInput = pageInput;
export const keyListSchema = pageOf(keySchema);

const recipient = z
  .string()
  .trim()
  .regex(/^age1[02-9ac-hj-np-z]{58}$/, "An age recipient begins with age1 and has 62 characters; copy it whole.");

const hint = z.string().trim().max(200, "Keep the hint under 200 characters.");
const passphrase = z.string().max(1024, "Keep the passphrase under 1024 characters.");

/** A blank passphrase means that backups are not encrypted from now on; a missing one is a mistake. */
export const setCurrentKeyInput = z
  .object({
    mode: z.enum(keyModes, { error: "Choose passphrase, managed or off." }),
    passphrase: passphrase.optional(),
    hint: hint.optional(),
    recoveryRecipients: z
      .array(recipient)
      .max(MAX_RECOVERY_RECIPIENTS, `At most ${MAX_RECOVERY_RECIPIENTS} recovery recipients.`)
      .optional(),
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

/** Proof that a key opens: its passphrase, or what stands in its challenge. */
export const proveKeyInput = idInput
  .extend({
    passphrase: passphrase.optional(),
    answer: z.string().trim().min(1, "Give what stands in the challenge.").max(1024).optional(),
  })
  .superRefine((input, context) => {
    if ((input.passphrase === undefined) !== (input.answer === undefined)) return;
    context.addIssue({ code: "custom", path: ["passphrase"], message: "Give the passphrase, or what stands in the challenge." });
  });

export const protectKeyInput = idInput.extend({
  passphrase: passphrase.min(1, "Type the passphrase that opens the key now."),
  newPassphrase: passphrase.min(1, "Type a new passphrase."),
  hint: hint.optional(),
});

export const adoptKeyInput = idInput.extend({
  keyFile: z.string().max(65_536, "A key file has at most 64 KiB.").optional().describe("The text of the key file, or the bare identity."),
  passphrase: passphrase.optional(),
});

/** What a person prints and puts away: all that recovery without Holdfast needs, except what is secret. */
export const recoverySheetSchema = z.object({
  tenantName: z.string(),
  key: keySchema,
  signingPublicKey: z.string().nullable(),
  places: z.array(
    z.object({
      destinationId: z.string(),
      name: z.string(),
      kindLabel: z.string(),
      place: z.array(z.object({ label: z.string(), value: z.string() })),
      archivesBelow: z.string().describe("The folder below the place in which the archives lie."),
      keyFileObject: z.string().nullable().describe("Where the key's protected file lies below the place."),
    }),
  ),
});
export type RecoverySheet = z.output<typeof recoverySheetSchema>;

/** Whether nobody has chosen yet: the one key made here is the managed one of the set-up, and the first choice needs no proof. */
export function isBeforeFirstChoice(keys: readonly { mode: string; origin: string }[]): boolean {
  const made = keys.filter(({ origin }) => origin === "made");
  return made.length === 0 || (made.length === 1 && made[0]?.mode === "managed");
}
