import { expect, test } from "vitest";
import { connectorConfig, connectorValues, isShown } from "#components/shared/connector-values.ts";
import type { FieldDescription } from "#lib/connectors/fields.ts";

const host = field("host", {});
const port = field("port", { input: "number", default: 22 });
const method = field("method", { input: "select", default: "password" });
const password = field("password", { input: "password", secret: true, showWhen: { field: "method", equals: "password" } });
const privateKey = field("privateKey", { input: "textarea", secret: true, showWhen: { field: "method", equals: "key" } });
const exclude = field("exclude", { input: "list", default: ["*.log"] });
const deep = field("deep", { input: "switch", default: true });
const fields = [host, port, method, password, privateKey, exclude, deep];

test("a new form starts with the defaults", () => {
  expect(connectorValues(fields)).toEqual({
    host: "",
    port: 22,
    method: "password",
    password: "",
    privateKey: "",
    exclude: ["*.log"],
    deep: true,
  });
});

test("a stored configuration fills the form, except its secrets", () => {
  const values = connectorValues(fields, { host: "gate.example", port: 2222, password: "never sent", exclude: [], deep: false });
  expect(values).toMatchObject({ host: "gate.example", port: 2222, password: "", exclude: [], deep: false });
});

test("hidden fields and empty text are not sent", () => {
  const values = {
    host: "gate.example",
    port: "2222",
    method: "key",
    password: "typed before",
    privateKey: "",
    exclude: [" a ", ""],
    deep: false,
  };
  expect(connectorConfig(fields, values)).toEqual({ host: "gate.example", port: 2222, method: "key", exclude: ["a"], deep: false });
});

test("a number that is none is left for the server to refuse", () => {
  expect(connectorConfig([port], { port: "ssh" })).toEqual({ port: "ssh" });
});

test("a field that depends on a switch", () => {
  const dependent = field("path", { showWhen: { field: "deep", equals: "true" } });
  expect(isShown(dependent, { deep: true }, fields)).toBe(true);
  expect(isShown(dependent, { deep: false }, fields)).toBe(false);
});

test("a field that depends on several values of another", () => {
  const dependent = field("days", { showWhen: { field: "lock", equals: ["soft", "hard"] } });
  expect(["soft", "hard", "none"].map((lock) => isShown(dependent, { lock }, fields))).toEqual([true, true, false]);
});

test("a field that depends on a hidden one is hidden with it", () => {
  const trust = field("trust", { showWhen: { field: "security", equals: ["explicit", "implicit"] } });
  const certificate = field("certificate", { showWhen: { field: "trust", equals: "pinned" } });
  const shown = (security: string) => isShown(certificate, { security, trust: "pinned" }, [field("security", {}), trust, certificate]);
  expect(["explicit", "implicit", "plain"].map(shown)).toEqual([true, true, false]);
});

function field(name: string, rest: Partial<FieldDescription>): FieldDescription {
  return {
    name,
    label: name,
    help: null,
    placeholder: null,
    input: "text",
    options: [],
    secret: false,
    address: false,
    observed: false,
    showWhen: null,
    required: false,
    default: null,
    ...rest,
  };
}
