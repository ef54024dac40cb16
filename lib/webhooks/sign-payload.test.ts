import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { newEndpoint, oldSecretUntil, presentSecret, signingSecrets, withNewSecret } from "#lib/webhooks/sealed-endpoint.ts";
import { signatureHeaders } from "#lib/webhooks/sign-payload.ts";

const body = JSON.stringify({ type: "run.failed", timestamp: "2026-11-22T01:00:00.000Z", data: { name: "Größe 🔑" } });

test("the signature of the specification's own example", () => {
  // Made with the public library, whose key and message stand in the specification's repository.
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const at = new Date(1_614_265_330_000);
  const message = { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", at, body: '{"test": 2432232314}' };
  expect(signatureHeaders(message, [secret])).toEqual({
    "webhook-id": message.id,
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});

test("the public library verifies what is signed, and refuses another secret, body or id", () => {
  const secret = presentSecret(newEndpoint("https://hooks.example/"));
  const headers = signatureHeaders({ id: "evt_1", at: new Date(), body }, [secret]);
  expect(new Webhook(secret).verify(body, headers)).toMatchObject({ type: "run.failed" });
  const other = presentSecret(newEndpoint("https://hooks.example/"));
  expect(() => new Webhook(other).verify(body, headers)).toThrow();
  expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow();
  expect(() => new Webhook(secret).verify(body, { ...headers, "webhook-id": "evt_2" })).toThrow();
});

test("after a rotation both secrets sign until the old one's time is over, and no third one ever", () => {
  const now = new Date("2026-11-22T12:00:00Z");
  const first = newEndpoint("https://hooks.example/");
  const second = withNewSecret(first, now, 24);
  const before = new Date("2026-11-23T11:59:59Z");
  const after = new Date("2026-11-23T12:00:00Z");
  expect(signingSecrets(second, before)).toEqual([presentSecret(second), presentSecret(first)]);
  expect(oldSecretUntil(second, before)).toBe("2026-11-23T12:00:00.000Z");
  expect(signingSecrets(second, after)).toEqual([presentSecret(second)]);
  expect(oldSecretUntil(second, after)).toBeNull();
  const both = signatureHeaders({ id: "evt_1", at: new Date(), body }, signingSecrets(second, before));
  expect(both["webhook-signature"]).toMatch(/^v1,\S{44} v1,\S{44}$/);
  for (const endpoint of [first, second]) expect(() => new Webhook(presentSecret(endpoint)).verify(body, both)).not.toThrow();
  const third = withNewSecret(second, now, 24);
  expect(signingSecrets(third, now)).toEqual([presentSecret(third), presentSecret(second)]);
  expect(signingSecrets(withNewSecret(third, now, 0), now)).toHaveLength(1);
});

test("a secret is whsec_ and 32 random bytes", () => {
  const secrets = new Set(Array.from({ length: 50 }, () => presentSecret(newEndpoint("https://hooks.example/"))));
  expect(secrets.size).toBe(50);
  for (const secret of secrets) expect(Buffer.from(secret.slice("whsec_".length), "base64")).toHaveLength(32);
});
