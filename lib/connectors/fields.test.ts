import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  addressFieldsOf,
  clearsSecrets,
  describeFields,
  mergeSecrets,
  secretFieldsOf,
  settledConfig,
  splitSecrets,
} from "#lib/connectors/fields.ts";
import { destinationConnectors, systemConnectors } from "#lib/connectors/registry.ts";

const connector = {
  kind: "example",
  config: z.object({
    host: z.string().min(1).meta({ label: "Host", address: true }),
    port: z.number().default(22).meta({ label: "Port", input: "number", address: true }),
    mode: z
      .enum(["a", "b"])
      .default("a")
      .meta({
        label: "Mode",
        options: [
          { value: "a", label: "A" },
          { value: "b", label: "B" },
        ],
      }),
    password: z
      .string()
      .optional()
      .meta({ label: "Password", secret: true, showWhen: { field: "mode", equals: "a" } }),
  }),
};

describe("the fields of a connector", () => {
  test("are described as plain JSON", () => {
    const fields = describeFields(connector);
    expect(JSON.parse(JSON.stringify(fields))).toEqual(fields);
    expect(fields.map(({ name, input, required, default: value }) => [name, input, required, value])).toEqual([
      ["host", "text", true, null],
      ["port", "number", false, 22],
      ["mode", "select", false, "a"],
      ["password", "password", false, null],
    ]);
    expect(secretFieldsOf(connector)).toEqual(["password"]);
    expect(addressFieldsOf(connector)).toEqual(["host", "port"]);
  });

  test("a form that is half filled in gives what can be told of it, and no secret", () => {
    expect(settledConfig(connector, {})).toEqual({ port: 22, mode: "a" });
    expect(settledConfig(connector, { host: "", port: "x", mode: "b", password: "s3cret", more: 1 })).toEqual({ port: 22, mode: "b" });
    expect(settledConfig(connector, { host: "h", port: 2222 })).toEqual({ host: "h", port: 2222, mode: "a" });
  });

  test("secrets are split off and put back unless new ones are given", () => {
    const { config, secrets } = splitSecrets(connector, { host: "h", port: 22, mode: "a", password: "s3cret" });
    expect(config).toEqual({ host: "h", port: 22, mode: "a" });
    expect(secrets).toEqual({ password: "s3cret" });
    expect(splitSecrets(connector, { host: "h", password: "" }).secrets).toEqual({});
    expect(mergeSecrets(connector, config, secrets)).toEqual({ host: "h", port: 22, mode: "a", password: "s3cret" });
    expect(mergeSecrets(connector, { password: "" }, secrets)).toEqual({ password: "s3cret" });
    expect(mergeSecrets(connector, { password: "new" }, secrets)).toEqual({ password: "new" });
  });

  test("a new address clears the secrets, another name does not", () => {
    expect(clearsSecrets(connector, { host: "h", port: 22 }, { host: "h", port: 22, mode: "b" })).toBe(false);
    expect(clearsSecrets(connector, { host: "h", port: 22 }, { host: "h", port: 23 })).toBe(true);
    expect(clearsSecrets(connector, { host: "h" }, { host: "g" })).toBe(true);
  });

  test("a field without a label is a mistake that is found", () => {
    expect(() => describeFields({ kind: "bad", config: z.object({ host: z.string() }) })).toThrow('"host" of "bad" has no label');
  });
});

test.each([...Object.entries(systemConnectors), ...Object.entries(destinationConnectors)])(
  "%s is registered under its own kind, with fields that can be drawn",
  (kind, entry) => {
    expect(entry.kind).toBe(kind);
    const fields = describeFields(entry);
    const names = fields.map(({ name }) => name);
    for (const { showWhen } of fields) if (showWhen) expect(names).toContain(showWhen.field);
  },
);

test("whatever moves a connection to another host, bucket or folder is a part of its address", () => {
  const all = { ...systemConnectors, ...destinationConnectors };
  expect(Object.fromEntries(Object.entries(all).map(([kind, each]) => [kind, addressFieldsOf(each)]))).toEqual({
    "tenant-configuration": [],
    folder: ["host", "port", "hostKey"],
    local: ["path"],
    sftp: ["host", "port", "hostKey", "path"],
    s3: ["endpoint", "region", "bucket", "prefix", "pathStyle"],
    ftp: ["host", "security", "port", "tlsTrust", "certificate", "folder"],
  });
});
