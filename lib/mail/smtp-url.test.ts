import { expect, test } from "vitest";
import { readEnv } from "#lib/env.ts";
import { readSmtpUrl } from "#lib/mail/smtp-url.ts";

test("the whole address is read", () => {
  expect(readSmtpUrl("smtps://me%40example.com:p%40ss@mail.example.com?from=backup%40example.com")).toEqual({
    host: "mail.example.com",
    port: 465,
    isSecure: true,
    requireTls: true,
    login: { user: "me@example.com", password: "p@ss" },
    from: "backup@example.com",
  });
  expect(readSmtpUrl("smtp://[::1]:2525")).toMatchObject({ host: "::1", port: 2525, isSecure: false, requireTls: false, login: null });
});

test("STARTTLS is required with a password, or when the address says so", () => {
  expect(readSmtpUrl("smtp://user:x@mail.example.com")).toMatchObject({ port: 587, requireTls: true });
  expect(readSmtpUrl("smtp://user:x@mail.example.com?requireTLS=false")).toMatchObject({ requireTls: false });
  expect(readSmtpUrl("smtp://mail.example.com?requireTLS=true")).toMatchObject({ requireTls: true });
});

test.each([
  "smtp://mail.example.com?tls.rejectUnauthorized=false",
  "smtp://mail.example.com?requireTLS=maybe",
  "smtp://mail.example.com?from=nobody",
  "smtp://mail.example.com/path",
  "smtp://u%:x@mail.example.com",
])("%s stops the start with a sentence that does not repeat it", (url) => {
  expect(() => readEnv({ SMTP_URL: url })).toThrow(/^SMTP_URL may name after the host nothing but .*requireTLS=true or false\./);
});
