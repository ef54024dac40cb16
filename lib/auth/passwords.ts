import { hash, verify } from "@node-rs/argon2";

/** OWASP's second choice of parameters for Argon2id: 19 MiB, two passes, one lane. The defaults of the library's algorithm are Argon2id. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Few at a time, so that a flood of sign-ins cannot occupy the thread pool that compression and files share. */
const MOST_AT_ONCE = 2;
let running = 0;
const waiting: (() => void)[] = [];

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
  if (running >= MOST_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  running += 1;
  try {
    return await work();
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}
