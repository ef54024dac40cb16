import type { Context } from "#lib/auth/context.ts";
import { beginPassphraseAttempt } from "#lib/auth/passphrase-attempts.ts";
import { CryptoError, WrongPassphraseError } from "#lib/crypto/crypto-error.ts";
import { NoSlotError } from "#lib/crypto/slots.ts";
import { TooManyRequestsError } from "#lib/errors.ts";

/** What one tenant may have under way or waiting: the turns are shared by all. */
const MOST_OF_A_TENANT = 4;
const BUSY_SECONDS = 5;

const underWay = new Map<string, number>();

/** Does work that keeps a core busy for about a second (scrypt). Throws TooManyRequestsError when too much of it waits already. */
export async function inPassphraseTurn<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
  const count = underWay.get(tenantId) ?? 0;
  if (count >= MOST_OF_A_TENANT) throw busy();
  underWay.set(tenantId, count + 1);
  try {
    return await work();
  } catch (error) {
    throw error instanceof NoSlotError ? busy() : error;
  } finally {
    const left = (underWay.get(tenantId) ?? 1) - 1;
    if (left === 0) underWay.delete(tenantId);
    else underWay.set(tenantId, left);
  }
}

/**
 * Tries a passphrase of a key in its turn, and counts wrong ones at the person's account: see beginPassphraseAttempt, which throws TooManyRequestsError. `work` throws
 * when what it opened is not this key, as that proves nothing.
 */
export async function tryPassphrase<T>(context: Context, keyId: string, work: () => Promise<T>): Promise<T> {
  const attempt = await beginPassphraseAttempt(context.actor.accountId, keyId);
  try {
    const result = await inPassphraseTurn(context.tenant.id, work);
    await attempt.succeeded();
    return result;
  } catch (error) {
    const isWrong = error instanceof WrongPassphraseError || (error instanceof CryptoError && error.code === "invalid-passphrase");
    if (!isWrong) await attempt.withdrawn();
    throw error;
  }
}

function busy(): TooManyRequestsError {
  return new TooManyRequestsError("Too many passphrases are being tried just now. Try again in a few seconds.", BUSY_SECONDS);
}
