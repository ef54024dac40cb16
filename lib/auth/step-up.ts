import { z } from "zod";
import { checkPassword } from "#lib/auth/check-password.ts";
import type { Context } from "#lib/auth/context.ts";
import { InvalidInputError } from "#lib/errors.ts";

/** Fresh proof of identity, as it travels in the body of a dangerous request. */
export const proofFields = {
  password: z.string({ error: "Type your login password again." }).min(1, "Type your login password again.").max(1024),
};

/** Throws InvalidInputError "wrong-password" unless the signed-in person just typed their login password again. */
export async function requireProof(context: Context, proof: { password: string }): Promise<void> {
  if (await checkPassword(context.actor.accountId, proof.password)) return;
  const message = "This is not your login password. It is the one you sign in with, not the passphrase of the backup.";
  throw new InvalidInputError(message, [{ path: "password", message }], { code: "wrong-password" });
}
