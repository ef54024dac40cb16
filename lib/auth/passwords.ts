import { hash, verify } from "@node-rs/argon2";
import { createSlots, NoSlotError } from "#lib/crypto/slots.ts";
import { TooManyRequestsError } from "#lib/errors.ts";

/** OWASP's second choice of parameters for Argon2id: 19 MiB, two passes, one lane. The defaults of the library's algorithm are Argon2id. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Few at a time, so that a flood of sign-ins cannot occupy the thread pool that compression and files share; a few seconds of them may wait. */
const slots = createSlots(2, 100);
const BUSY_SECONDS = 5;

/** A hash in PHC form, to be stored. */
export function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(password, parameters));
}

/** Whether `password` is the one hashed. Without a hash it takes as long and answers false, so that nobody learns which accounts exist. */
export async function verifyPassword(password: string, passwordHash: string | null): Promise<boolean> {
  if (passwordHash) return inTurn(() => verify(passwordHash, password));
  await inTurn(() => hash(password, parameters));
  return false;
}

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await slots(work);
  } catch (error) {
    if (!(error instanceof NoSlotError)) throw error;
    throw new TooManyRequestsError("Too many people are signing in just now. Try again in a few seconds.", BUSY_SECONDS);
  }
}
