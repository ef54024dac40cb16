import { z } from "zod";
import { keyModes, type KeyMode } from "#lib/keys/schemas.ts";

/** What is typed when a key is chosen. */
export interface KeyFormValues {
  mode: KeyMode;
  passphrase: string;
  repeated: string;
  hint: string;
  /** One age recipient a line. */
  recoveryRecipients: string;
  /** The login password; only where a key was chosen before. */
  password: string;
}

interface KeyFormOptions {
  /** The login password must be typed. */
  needsProof: boolean;
  /** What an attacker would try first: names of the tenant and the person. */
  known: string[];
}

/** Checks in the browser what the server checks again; a form's resolver. */
export function keyFormSchema({ needsProof, known }: KeyFormOptions) {
  return z
    .object({
      mode: z.enum(keyModes),
      passphrase: z.string(),
      repeated: z.string(),
      hint: z.string().max(200, "Keep the hint under 200 characters."),
      recoveryRecipients: z.string(),
      password: z.string().min(needsProof ? 1 : 0, "Type your login password again."),
    })
    .superRefine(async ({ mode, passphrase, repeated, hint }, context) => {
      if (mode !== "passphrase") return;
      const { hintRevealsPassphrase, judgePassphrase } = await import("#lib/auth/passphrase-strength.ts");
      const refuse = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
      if (passphrase !== "" && hint !== "" && hintRevealsPassphrase(hint, passphrase)) {
        refuse("hint", "The hint gives away part of the passphrase: choose a hint that shares no word with it.");
        return;
      }
      const judgement = await judgePassphrase(passphrase, { hint, known });
      if (!judgement.ok) refuse("passphrase", judgement.sentence);
      else if (repeated !== passphrase) refuse("repeated", "The two are not the same. Type the passphrase once more.");
    });
}

/** The form's values as the API takes them. */
export function toKeyInput({ mode, passphrase, hint, recoveryRecipients, password }: KeyFormValues): Record<string, unknown> {
  const recipients = recoveryRecipients.split(/\s+/).filter((line) => line !== "");
  return {
    mode,
    ...(mode === "passphrase" ? { passphrase } : {}),
    ...(mode === "passphrase" && hint.trim() !== "" ? { hint: hint.trim() } : {}),
    ...(mode !== "off" && recipients.length > 0 ? { recoveryRecipients: recipients } : {}),
    ...(password === "" ? {} : { password }),
  };
}
