import { parentPort, workerData } from "node:worker_threads";
import { armor, Decrypter, Encrypter } from "age-encryption";

/** What passphrase.ts asks of its thread. */
export type PassphraseTask =
  { kind: "protect"; passphrase: string; text: string; workFactor: number } | { kind: "unprotect"; passphrase: string; file: Uint8Array };

/** What the thread answers; a damaged file and a wrong passphrase are answers, not failures. */
export type PassphraseAnswer =
  { kind: "protected"; file: string } | { kind: "opened"; plain: Uint8Array } | { kind: "wrong" } | { kind: "damaged" };

// Node starts this file in a thread of its own (see passphrase.ts), because scrypt keeps a core busy for about a second.
if (parentPort !== null) parentPort.postMessage(await answer(workerData as PassphraseTask));

async function answer(task: PassphraseTask): Promise<PassphraseAnswer> {
  return task.kind === "protect" ? protect(task.passphrase, task.text, task.workFactor) : unprotect(task.passphrase, task.file);
}

async function protect(passphrase: string, text: string, workFactor: number): Promise<PassphraseAnswer> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(workFactor);
  return { kind: "protected", file: armor.encode(await encrypter.encrypt(text)) };
}

async function unprotect(passphrase: string, file: Uint8Array): Promise<PassphraseAnswer> {
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  try {
    return { kind: "opened", plain: await decrypter.decrypt(file) };
  } catch (error) {
    // The library's words for "the stanza did not open"; a test keeps this true when the library is updated.
    const wrong = error instanceof Error && error.message.startsWith("no identity matched");
    return { kind: wrong ? "wrong" : "damaged" };
  }
}
