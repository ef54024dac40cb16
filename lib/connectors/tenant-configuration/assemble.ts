import type { Readable } from "node:stream";
import { z } from "zod";
import type { TenantConfiguration } from "#lib/connectors/configuration-store.ts";
import { CaptureError } from "#lib/connectors/errors.ts";
import { documents, partOf, parts, pathOf, type Part } from "#lib/connectors/tenant-configuration/documents.ts";

/** A document is held in memory; ten thousand systems are about 10 MB. */
const MAX_DOCUMENT_BYTES = 64 * 1024 * 1024;

const configuration = z.strictObject(documents);

/** Puts the documents of an archive together again. */
export interface Assembly {
  /** Reads one document. Throws CaptureError when it is none of the configuration's, is there twice, or is not valid. */
  add(path: string, body: Readable): Promise<void>;
  /** Throws CaptureError when a document is missing, or refers to something that no document holds. */
  finish(): TenantConfiguration;
}

export function createAssembly(): Assembly {
  const found = new Map<Part, unknown>();
  return {
    async add(path, body) {
      const text = await textOf(path, body);
      const part = partOf(path);
      if (!part) throw new CaptureError(`“${path}” is no part of a tenant's configuration.`);
      if (found.has(part)) throw new CaptureError(`“${path}” is there twice.`);
      const parsed = documents[part].safeParse(parseJson(path, text));
      if (!parsed.success) throw new CaptureError(`“${path}” is not valid: ${z.prettifyError(parsed.error)}`);
      found.set(part, parsed.data);
    },
    finish() {
      const missing = parts.filter((part) => !found.has(part)).map(pathOf);
      if (missing.length > 0) throw new CaptureError(`The archive lacks ${missing.join(", ")}.`);
      const whole = configuration.parse(Object.fromEntries(found));
      assertWhole(whole);
      return whole;
    },
  };
}

async function textOf(path: string, body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_DOCUMENT_BYTES) throw new CaptureError(`“${path}” is larger than 64 MiB, which no configuration is.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CaptureError(`“${path}” is not JSON.`, { cause: error });
  }
}

function assertWhole({ members, systems, destinations, policies, keys }: TenantConfiguration): void {
  for (const [what, rows] of Object.entries({ members, systems, destinations, policies, keys })) {
    const ids = new Set(rows.map((row) => row.id));
    if (ids.size !== rows.length) throw new CaptureError(`An id is there twice among the ${what}.`);
  }
  if (!members.some(({ role }) => role === "owner")) throw new CaptureError("No member of it is an owner.");
  const known = { system: new Set(systems.map((row) => row.id)), destination: new Set(destinations.map((row) => row.id)) };
  for (const policy of policies) {
    const lost = policy.systemIds.find((id) => !known.system.has(id)) ?? policy.destinationIds.find((id) => !known.destination.has(id));
    if (lost !== undefined) throw new CaptureError(`The policy “${policy.name}” refers to ${lost}, which is not there.`);
  }
  const bare = keys.find((key) => key.mode === "passphrase" && (key.recipient === null || key.protectedIdentity === null));
  if (bare) throw new CaptureError(`The key ${bare.fingerprint} lacks its recipient or its protected identity.`);
}
