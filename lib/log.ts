import { type Bindings, type ChildLoggerOptions, type DestinationStream, type Logger, pino, stdSerializers } from "pino";
import { logLevels } from "#lib/env.ts";

const REDACTED = "[secret]";

/** Field names that never show their value, at any depth; compared in small letters, without separators, by their end. */
const secretNames = [
  "password",
  "passphrase",
  "secret",
  "authorization",
  "cookie",
  "cookies",
  "privatekey",
  "accesskey",
  "secretkey",
  "masterkey",
  "datakey",
  "filekey",
  "identity",
  "token",
  "credentials",
  "recoverycode",
];

/** Shapes of secrets that would betray themselves inside a sentence: passwords in URLs, age identities, tokens, webhook secrets. */
const secretShapes: readonly [RegExp, string][] = [
  [/(\w:\/\/[^\s/:@"\\]*:)[^\s/@"\\]+@/g, `$1${REDACTED}@`],
  [/AGE-SECRET-KEY-[0-9A-Z-]+/gi, REDACTED],
  [/\bhf_[\w-]{8,}/g, REDACTED],
  [/\bwhsec_[\w+/=-]+/g, REDACTED],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|(?="))/g, REDACTED],
];

const maxDepth = 8;

/** JSON lines on stdout, from LOG_LEVEL on. Give structured fields first, then the sentence: `log.info({ runId }, "Run completed")`. */
export const log: Logger = createLog(levelOf(process.env["LOG_LEVEL"]));

/** A log of its own, whose lines go to `destination` (stdout without one). */
export function createLog(level: (typeof logLevels)[number], destination?: DestinationStream): Logger {
  const root = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => withoutSecrets(fields),
      },
      hooks: { streamWrite: hideShapes },
    },
    destination ?? pino.destination(1),
  );
  // The formatter above does not see the fields that a child is bound to.
  const child: unknown = Reflect.get(root, "child");
  if (typeof child !== "function") throw new Error("This version of pino has no child logs.");
  Object.defineProperty(root, "child", {
    value(this: Logger, bindings: Bindings, options: ChildLoggerOptions = {}): unknown {
      return Reflect.apply(child, this, [withoutSecrets(bindings), options]);
    },
  });
  return root;
}

/** env() refuses a wrong level at the start; a log must work before and without that. */
function levelOf(value: string | undefined): (typeof logLevels)[number] {
  return logLevels.find((level) => level === value) ?? "info";
}

function hideShapes(line: string): string {
  return secretShapes.reduce((text, [shape, replacement]) => text.replace(shape, replacement), line);
}

function withoutSecrets(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, isSecretName(name) ? REDACTED : clean(value, 0)]));
}

function clean(value: unknown, depth: number): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (depth >= maxDepth) return "[deep]";
  if (value instanceof Error) return clean(plainError(value), depth + 1);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.map((item) => clean(item, depth + 1));
  // A value that says how it is written (a date, a Secret) is asked, and its answer is not taken apart.
  if ("toJSON" in value && typeof value.toJSON === "function") return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, isSecretName(name) ? REDACTED : clean(item, depth + 1)]));
}

/** The usual fields of an error, without its prototype. */
function plainError(error: Error): Record<string, unknown> {
  const { raw: _raw, ...fields } = stdSerializers.err(error);
  return { ...fields, message: withoutQuery(fields.message), stack: withoutQuery(fields.stack) };
}

/** The error of a query that Prisma could not make repeats all its values. */
function withoutQuery(text: string): string {
  return text.replace(/(Invalid `[\w.$]+\(\)` invocation:\s*\n)\{\n[\s\S]*?\n\}\n/g, `$1${REDACTED}\n`);
}

function isSecretName(name: string): boolean {
  const plain = name.replace(/[^A-Za-z]/g, "").toLowerCase();
  return secretNames.some((secret) => plain.endsWith(secret));
}
