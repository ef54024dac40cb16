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

/** What PassphraseFields work on, in whichever form they stand. */
export interface NewPassphraseValues {
  passphrase: string;
  newPassphrase: string;
  repeated: string;
  hint: string;
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
      const problem = await newPassphraseProblem({ passphrase, repeated, hint }, known);
      if (problem) context.addIssue({ code: "custom", path: [problem.field], message: problem.message });
    });
}

/** Checks the change of an existing key's passphrase in the browser; a form's resolver. */
export function protectFormSchema({ known }: { known: string[] }) {
  return z
    .object({
      passphrase: z.string().min(1, "Type the passphrase that opens the key now."),
      newPassphrase: z.string(),
      repeated: z.string(),
      hint: z.string().max(200, "Keep the hint under 200 characters."),
      password: z.string().min(1, "Type your login password again."),
    })
    .superRefine(async ({ newPassphrase, repeated, hint }, context) => {
      const problem = await newPassphraseProblem({ passphrase: newPassphrase, repeated, hint }, known);
      if (!problem) return;
      const path = problem.field === "passphrase" ? "newPassphrase" : problem.field;
      context.addIssue({ code: "custom", path: [path], message: problem.message });
    });
}

/** The first thing that is wrong with a new passphrase, and beside which of its fields; null when it may be used. */
async function newPassphraseProblem(
  { passphrase, repeated, hint }: Pick<NewPassphraseValues, "passphrase" | "repeated" | "hint">,
  known: string[],
): Promise<{ field: "passphrase" | "repeated" | "hint"; message: string } | null> {
  const { hintRevealsPassphrase, judgePassphrase } = await import("#lib/auth/passphrase-strength.ts");
  if (passphrase !== "" && hint !== "" && hintRevealsPassphrase(hint, passphrase)) {
    return { field: "hint", message: "The hint gives away part of the passphrase: choose a hint that shares no word with it." };
  }
  const judgement = await judgePassphrase(passphrase, { hint, known });
  if (!judgement.ok) return { field: "passphrase", message: judgement.sentence };
  if (repeated === passphrase) return null;
  return { field: "repeated", message: "The two are not the same. Type the passphrase once more." };
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
