import type { ZxcvbnResult } from "@zxcvbn-ts/core";
import { wordlist } from "@scure/bip39/wordlists/english.js";

// Runs in the browser, where the passphrase is chosen, and again on the server: imports nothing of Node's.

const MINIMUM_PASSPHRASE_LENGTH = 12;

export interface PassphraseJudgement {
  /** 0 (guessed at once) to 4 (not guessed). */
  score: 0 | 1 | 2 | 3 | 4;
  /** Whether it may protect backups. */
  ok: boolean;
  /** One sentence: how strong it is, or why it is refused and how to mend it. */
  sentence: string;
  /** How long guessing takes somebody who has the protected key file: "3 years". */
  crackTimeDisplay: string;
}

/**
 * Judges a passphrase with zxcvbn (Wheeler, "zxcvbn: Low-Budget Password Strength Estimation", USENIX Security 2016).
 * `known` are words an attacker would try first: names of the tenant, the person, the product. The hint is public, so it may
 * give nothing away. The dictionaries (about 1.6 MB before compression) are loaded at the first call.
 */
export async function judgePassphrase(
  passphrase: string,
  { hint = "", known = [] }: { hint?: string | undefined; known?: string[] } = {},
): Promise<PassphraseJudgement> {
  const estimator = await loadEstimator();
  const result = estimator.check(passphrase.slice(0, JUDGED_LENGTH), [...known, ...wordsOf(hint), "holdfast"]);
  const crackTimeDisplay = result.crackTimes.offlineSlowHashingXPerSecond.display;
  const refusal = refusalOf(passphrase, hint, result);
  const sentence = refusal ?? `Strong: somebody who has the key file would need ${crackTimeDisplay} to guess it.`;
  return { score: result.score, ok: refusal === null, sentence, crackTimeDisplay };
}

/** Whether a hint contains the passphrase, or shares with it any run of four letters or digits that either has as a word. */
export function hintRevealsPassphrase(hint: string, passphrase: string): boolean {
  const [plainHint, plainPassphrase] = [wordsOf(hint).join(""), wordsOf(passphrase).join("")];
  if (plainPassphrase !== "" && plainHint.includes(plainPassphrase)) return true;
  const telling = (word: string) => word.length >= 4;
  return (
    wordsOf(passphrase).some((word) => telling(word) && plainHint.includes(word)) ||
    wordsOf(hint).some((word) => telling(word) && plainPassphrase.includes(word))
  );
}

/**
 * Words drawn from the 2048 of the BIP-39 English list, 11 bits each: six make 66 bits. Throws RangeError for fewer than 5.
 * https://github.com/bitcoin/bips/blob/master/bip-0039/english.txt
 */
export function generatePassphrase(words = 6): string {
  if (!Number.isInteger(words) || words < 5) throw new RangeError("A generated passphrase has at least 5 words.");
  // 65536 is a multiple of 2048, so the remainder favours no word.
  const draws = crypto.getRandomValues(new Uint16Array(words));
  return Array.from(draws, (draw) => wordlist[draw % wordlist.length]).join("-");
}

/**
 * At least 10^10 guesses. The protected key file may be copied, so guessing happens offline, where the 10^8 of score 3 are hours.
 */
const NEEDED_SCORE = 4;

/** Longer ones are judged by their beginning: the time to judge grows faster than the length. */
const JUDGED_LENGTH = 128;

function refusalOf(passphrase: string, hint: string, { score, feedback, crackTimes }: ZxcvbnResult): string | null {
  if (passphrase === "") return "Type a passphrase, or take the generated one.";
  if (Array.from(passphrase).length < MINIMUM_PASSPHRASE_LENGTH) {
    return `Too short: use at least ${MINIMUM_PASSPHRASE_LENGTH} characters; five or six unrelated words are good.`;
  }
  if (score < NEEDED_SCORE) {
    const time = crackTimes.offlineSlowHashingXPerSecond.display;
    const mend =
      feedback.suggestions.length > 0 ? feedback.suggestions : ["Add another word or two that have nothing to do with the rest."];
    return [`Too easy to guess: somebody who has the key file would need ${time}.`, feedback.warning, ...mend].filter(Boolean).join(" ");
  }
  if (hintRevealsPassphrase(hint, passphrase))
    return "The hint gives away part of the passphrase: choose a hint that shares no word with it.";
  return null;
}

/** Runs of letters and digits in lower case: what a guesser would compare. */
function wordsOf(text: string): string[] {
  return (
    text
      .normalize("NFKC")
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  );
}

let estimator: ReturnType<typeof createEstimator> | undefined;

function loadEstimator() {
  estimator ??= createEstimator();
  return estimator;
}

async function createEstimator() {
  const [{ ZxcvbnFactory }, common, english] = await Promise.all([
    import("@zxcvbn-ts/core"),
    import("@zxcvbn-ts/language-common"),
    import("@zxcvbn-ts/language-en"),
  ]);
  return new ZxcvbnFactory({
    dictionary: { ...common.dictionary, ...english.dictionary },
    graphs: common.adjacencyGraphs,
    translations: english.translations,
  });
}
