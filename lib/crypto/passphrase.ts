import { Worker } from "node:worker_threads";
import { armor } from "age-encryption";
import { CryptoError, WrongPassphraseError } from "#lib/crypto/crypto-error.ts";
import { findHeaderEnd, parseHeader } from "#lib/crypto/header.ts";
import { identityFile, type OpenedKeyFile, readIdentityFile } from "#lib/crypto/identity-file.ts";
import type { PassphraseAnswer, PassphraseTask } from "#lib/crypto/passphrase-thread.ts";
import { createSlots } from "#lib/crypto/slots.ts";

/** Base-2 logarithm of scrypt's N: 256 MiB and about a second of one core. */
export const DEFAULT_WORK_FACTOR = 18;
/** A file that asks for more is refused before any work: 20 is 1 GiB already. */
export const MAX_WORK_FACTOR = 20;

/** A key file that is larger is none, before anybody looks into it. */
export const MAX_KEY_FILE_BYTES = 64 * 1024;
/** Half a minute of them may wait; see NoSlotError. */
const slots = createSlots(2, 32);

/**
 * Puts an identity under a passphrase: an armored age file (opens with `age -d`, and as `age -d -i key.age` for archives) that holds an
 * ordinary age identity file. The passphrase is taken in Unicode normal form C, as terminals send it. scrypt runs in a thread of its own, two at a time.
 * `signingKey` goes inside, so that opening the file is what says whose signatures to believe.
 * Throws CryptoError "invalid-passphrase" when it is empty or holds characters that cannot be typed at age's prompt.
 */
export async function protectIdentity(
  identity: string,
  recipient: string,
  passphrase: string,
  options: { workFactor?: number; createdAt?: Date; signingKey?: string } = {},
): Promise<Buffer> {
  const text = identityFile({ identity, recipient, createdAt: options.createdAt ?? new Date(), signingKey: options.signingKey ?? null });
  const answer = await runInThread({
    kind: "protect",
    passphrase: usablePassphrase(passphrase),
    text,
    workFactor: options.workFactor ?? DEFAULT_WORK_FACTOR,
  });
  if (answer.kind !== "protected") throw new Error("The passphrase thread could not protect the key.");
  return Buffer.from(answer.file);
}

/** Takes the identity (`AGE-SECRET-KEY-1…`) out of what protectIdentity made, armored or not. Errors as openKeyFile. */
export async function unprotectIdentity(file: Buffer, passphrase: string): Promise<string> {
  return (await openKeyFile(file, passphrase)).identity;
}

/**
 * Opens what protectIdentity made, armored or not.
 * Throws WrongPassphraseError; CryptoError "damaged-key-file" when the file is not whole or not a key file;
 * CryptoError "work-factor", before any work, when it asks for too much.
 */
export async function openKeyFile(file: Buffer, passphrase: string): Promise<OpenedKeyFile> {
  const opened = readIdentityFile((await openWithPassphrase(file, passphrase)).toString());
  if (opened === null) throw damaged();
  return opened;
}

/** Decrypts a small age file that is under a passphrase. Errors as unprotectIdentity. */
export async function openWithPassphrase(file: Buffer, passphrase: string): Promise<Buffer> {
  const binary = unarmor(file);
  requireOnePassphrase(binary);
  const answer = await runInThread({ kind: "unprotect", passphrase: usablePassphrase(passphrase), file: binary });
  if (answer.kind === "wrong") throw new WrongPassphraseError();
  if (answer.kind !== "opened") throw damaged();
  return Buffer.from(answer.plain);
}

function usablePassphrase(passphrase: string): string {
  if (passphrase === "") throw new CryptoError("invalid-passphrase", "The passphrase is empty.");
  if (/\p{Cc}/u.test(passphrase) || !passphrase.isWellFormed()) {
    throw new CryptoError("invalid-passphrase", "The passphrase holds a character that cannot be typed, such as a tab or a line break.");
  }
  return passphrase.normalize("NFC");
}

function unarmor(file: Buffer): Buffer {
  if (file.length > MAX_KEY_FILE_BYTES) throw damaged();
  if (!file.includes("-----BEGIN AGE ENCRYPTED FILE-----")) return file;
  try {
    return Buffer.from(armor.decode(file.toString("latin1")));
  } catch (error) {
    throw damaged(error);
  }
}

/** Looks at the header before scrypt does: exactly one passphrase stanza, with a work factor that this machine will do. */
function requireOnePassphrase(binary: Buffer): void {
  const stanzas = readStanzas(binary);
  const [stanza] = stanzas;
  if (stanza?.type !== "scrypt" || stanzas.length !== 1) throw damaged();
  const [, workFactor, ...more] = stanza.args;
  if (workFactor === undefined || more.length > 0 || !/^[1-9][0-9]*$/.test(workFactor)) throw damaged();
  if (Number(workFactor) <= MAX_WORK_FACTOR) return;
  throw new CryptoError(
    "work-factor",
    `The key file asks for a scrypt work factor of ${workFactor}; more than ${MAX_WORK_FACTOR} is refused.`,
  );
}

function readStanzas(binary: Buffer) {
  try {
    const end = findHeaderEnd(binary);
    return end === null ? [] : parseHeader(binary.subarray(0, end)).stanzas;
  } catch (error) {
    throw damaged(error);
  }
}

async function runInThread(task: PassphraseTask): Promise<PassphraseAnswer> {
  return slots(
    () =>
      new Promise<PassphraseAnswer>((resolve, reject) => {
        // Built at run time, so that no bundler takes the thread's source for its own: it runs as it lies in the project.
        const source = [process.cwd(), "lib", "crypto", "passphrase-thread.ts"].join("/");
        const thread = new Worker(/* turbopackIgnore: true */ source, { workerData: task, execArgv: [], env: {} });
        thread.once("message", (answer: PassphraseAnswer) => {
          resolve(answer);
          void thread.terminate();
        });
        thread.once("error", reject);
        thread.once("exit", () => reject(new Error("The passphrase thread ended without an answer.")));
      }),
  );
}

function damaged(cause?: unknown): CryptoError {
  return new CryptoError("damaged-key-file", "The protected key file is damaged or is not a key file.", { cause });
}
