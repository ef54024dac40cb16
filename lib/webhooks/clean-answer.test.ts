import { expect, test } from "vitest";
import { cleanAnswer } from "#lib/webhooks/clean-answer.ts";
import { payloadOf } from "#lib/webhooks/payload.ts";

const url = new URL("https://hooks.example/services/T0AB/B0CD/x%2B8secretPart?token=very-hidden&x=1");
const clean = (text: string | Uint8Array) => cleanAnswer(typeof text === "string" ? Buffer.from(text) : text, url);

test("text stays, line breaks and tabs too", () => {
  expect(clean("  ok: größe 🔑\r\n\tdone\n")).toBe("ok: größe 🔑\n\tdone");
});

test("control characters, NUL and what turns the direction of writing go", () => {
  expect(clean("a\u0000b\u001b[31mc\u0007\u007f\u0085d\u202ee\u2066f\ufeff")).toBe("ab[31mcdef");
  expect(clean("\u0000\u0001")).toBeNull();
  expect(clean("")).toBeNull();
});

test("it is valid UTF-8 of at most 1 KiB, whatever came", () => {
  for (const bytes of [
    Buffer.alloc(5000, 0xff),
    Buffer.from("🔑".repeat(400)),
    Buffer.concat([Buffer.from("a"), Buffer.from("🔑".repeat(400))]),
  ]) {
    const text = clean(bytes) ?? "";
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1024);
    expect(Buffer.byteLength(text)).toBeGreaterThan(1000);
    expect(text.isWellFormed()).toBe(true);
  }
  expect(clean(Buffer.from("🔑".repeat(400)))).toBe("🔑".repeat(256));
});

test("an answer that repeats the address does not betray it", () => {
  const page = `Cannot POST ${url.pathname}${url.search} — ${url.pathname} — ${decodeURIComponent(url.pathname)} — part T0AB, x+8secretPart, very-hidden`;
  const text = clean(page) ?? "";
  for (const part of ["T0AB", "B0CD", "secretPart", "very-hidden"]) expect(text).not.toContain(part);
  expect(text).toContain("Cannot POST [address]");
});

test("a payload has less than 20 kB, whatever an event holds", () => {
  const data = {
    message: "ü".repeat(100_000),
    backupIds: Array.from({ length: 5000 }, () => "bak_01kb000000000000000000000x"),
    failure: { mend: "🔑".repeat(9999) },
  };
  const body = payloadOf({ type: "backup.deleted", createdAt: new Date("2026-11-22T01:00:00Z"), data });
  expect(Buffer.byteLength(body)).toBeLessThan(20_000);
  expect(body.isWellFormed()).toBe(true);
  expect(JSON.parse(body)).toMatchObject({ type: "backup.deleted", timestamp: "2026-11-22T01:00:00.000Z" });
});
