import { describe, expect, test } from "vitest";
import { createLog } from "#lib/log.ts";

function lineOf(write: (log: ReturnType<typeof createLog>) => void): string {
  const lines: string[] = [];
  write(createLog("debug", { write: (line) => lines.push(line) }));
  return lines.join("");
}

describe("a log line", () => {
  test("is JSON with the level's name, the time and the fields", () => {
    const line: unknown = JSON.parse(lineOf((log) => log.info({ runId: "run_1", sizeBytes: 12n, at: new Date(0) }, "Run completed")));
    expect(line).toMatchObject({ level: "info", runId: "run_1", sizeBytes: "12", at: "1970-01-01T00:00:00.000Z", msg: "Run completed" });
  });

  test.each([
    { password: "hunter2" },
    { newPassphrase: "hunter2" },
    { headers: { Authorization: "hunter2", cookie: "hunter2", "set-cookie": ["hunter2"] } },
    { config: { list: [{ deep: { privateKey: "hunter2", secret_access_key: "hunter2" } }] } },
    { key: Buffer.from("hunter2") },
    { err: Object.assign(new Error("refused"), { token: "hunter2", config: { client_secret: "hunter2" } }) },
    { err: new Error("connect postgresql://holdfast_owner:hunter2@127.0.0.1:5432/holdfast") },
    { cause: new Error("outer", { cause: new Error("redis://:hunter2@127.0.0.1") }) },
  ])("never shows a secret: %j", (fields) => {
    const line = lineOf((log) => log.error(fields, "It failed"));
    expect(line).not.toContain("hunter2");
    expect(line).not.toContain(Buffer.from("hunter2").toString("base64"));
  });

  test("hides what looks like a secret inside the sentence", () => {
    const line = lineOf((log) =>
      log.warn(
        "AGE-SECRET-KEY-1QQQ of smtp://me:hunter2@mail, token hf_0123456789, -----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n-----END OPENSSH PRIVATE KEY-----",
      ),
    );
    expect(line).not.toMatch(/hunter2|SECRET-KEY|hf_0/);
    expect(line).toContain("me:[secret]@mail");
  });

  test("keeps the names and ids that help", () => {
    expect(lineOf((log) => log.info({ tokenId: "tok_1", keyId: "key_1", passwordHashVersion: 1 }))).toMatch(/tok_1.*key_1/);
  });

  test("lets a value that guards itself speak", () => {
    const sealed = { value: "hunter2", toJSON: () => "[secret]" };
    expect(lineOf((log) => log.info({ config: { smtp: sealed } }))).toContain('"smtp":"[secret]"');
  });

  test("bound fields are cleaned as well", () => {
    expect(lineOf((log) => log.child({ session: { cookie: "hunter2" } }).info("x"))).not.toContain("hunter2");
  });
});
