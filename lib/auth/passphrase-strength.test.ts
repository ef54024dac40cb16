import { describe, expect, it } from "vitest";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { generatePassphrase, hintRevealsPassphrase, judgePassphrase } from "#lib/auth/passphrase-strength.ts";

describe("judgePassphrase", () => {
  it.each([
    ["", "Type a passphrase"],
    ["x7!kQ2#mPw", "at least 12"],
    ["password123456", "Too easy to guess"],
    ["aaaaaaaaaaaaaaaaaaaaaaaa", "Repeated characters"],
    ["qwertyuiopasdfgh", "Too easy to guess"],
    ["holdfast holdfast", "Too easy to guess"],
  ])("refuses %j with a reason", async (passphrase, reason) => {
    const judgement = await judgePassphrase(passphrase);
    expect(judgement.ok).toBe(false);
    expect(judgement.sentence).toContain(reason);
  });

  it("accepts a sentence nobody would guess and says how long guessing takes", async () => {
    const judgement = await judgePassphrase("seven otters paint the harbour");
    expect(judgement).toMatchObject({ score: 4, ok: true });
    expect(judgement.sentence).toContain(judgement.crackTimeDisplay);
  });

  it("counts names that an attacker knows for nothing", async () => {
    const known = ["Hollerithbaum", "Kviteseid"];
    expect(await judgePassphrase("HollerithbaumKviteseid")).toMatchObject({ ok: true });
    expect(await judgePassphrase("HollerithbaumKviteseid", { known })).toMatchObject({ ok: false });
  });

  it("refuses a hint that gives part of it away", async () => {
    const judgement = await judgePassphrase("seven otters paint the harbour", { hint: "it is about Otters" });
    expect(judgement.ok).toBe(false);
    expect(judgement.sentence).toContain("hint");
  });

  it("answers about a very long one too", async () => {
    const long = Array.from({ length: 4000 }, (_, index) => wordlist[(index * 797) % 2048]).join(" ");
    expect(await judgePassphrase(long)).toMatchObject({ ok: true });
  });
});

describe("hintRevealsPassphrase", () => {
  it.each([
    ["correct-horse-battery", "correct-horse-battery"],
    ["Horse!", "correct-horse-battery"],
    ["the one with CORRECT HORSE", "correcthorse7battery"],
    ["ends in 2019x", "river-2019x-stone"],
    ["a b c", "abc"],
    ["hôtel du lac", "HÔTEL-lumière"],
  ])("%j gives away %j", (hint, passphrase) => {
    expect(hintRevealsPassphrase(hint, passphrase)).toBe(true);
  });

  it.each([
    ["", "correct-horse-battery"],
    ["in the safe, second drawer", "correct-horse-battery"],
    ["the old dog", "dog-river-mountain"],
  ])("%j gives nothing of %j away", (hint, passphrase) => {
    expect(hintRevealsPassphrase(hint, passphrase)).toBe(false);
  });
});

describe("generatePassphrase", () => {
  it("draws from the list, is accepted, and is never its own hint", async () => {
    const passphrase = generatePassphrase();
    const words = passphrase.split("-");
    expect(words).toHaveLength(6);
    expect(words.filter((word) => !wordlist.includes(word))).toEqual([]);
    expect(await judgePassphrase(passphrase)).toMatchObject({ ok: true });
  });

  it("reaches every word about equally often", () => {
    const counts = new Map<string, number>();
    for (const word of generatePassphrase(32_768).split("-")) counts.set(word, (counts.get(word) ?? 0) + 1);
    expect(counts.size).toBe(2048);
    // 16 are expected of each; more than 60 would be eleven standard deviations off.
    expect(Math.max(...counts.values())).toBeLessThan(60);
  });

  it("refuses to be short", () => {
    for (const words of [4, 0, -1, 5.5, NaN]) expect(() => generatePassphrase(words)).toThrow(RangeError);
  });
});
