import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { CaptureEntry, DestinationSession, SystemConnector } from "#lib/connectors/connector.ts";
import { local } from "#lib/connectors/destinations/local.ts";
import { systemConnectors } from "#lib/connectors/registry.ts";

// Loaded into the workers of the benchmark before their own main (`--import`), never by the product: a kind of system that costs nothing to capture, so
// that what is measured is Holdfast and not somebody's SSH server, and a local destination of which each store takes BENCH_DESTINATION_MS longer.

const FILES = 3;
const LINES = 40;

const content = Buffer.from("listen 127.0.0.1:8080\n".repeat(LINES));
const destinationMs = Number(process.env["BENCH_DESTINATION_MS"] ?? 0);

const tiny: SystemConnector<Record<string, never>> = {
  kind: "bench",
  label: "Benchmark",
  description: "Three small files out of memory.",
  config: z.strictObject({}),
  notInBackup: [],
  validate: () => Promise.resolve({ ok: true, steps: [] }),
  capture: () => Promise.resolve({ systemVersion: null, includesSecrets: false, notInBackup: [], entries: Readable.from(entries()) }),
  check: () => ({
    async entry(path, body) {
      for await (const data of body) if ((data as Buffer).length > content.length) throw new Error(`${path} has grown.`);
    },
    finish: () => Promise.resolve(),
  }),
  planRestore: () => Promise.reject(new Error("The benchmark restores nothing.")),
  applyRestore: () => Promise.reject(new Error("The benchmark restores nothing.")),
};

Object.assign(systemConnectors, { [tiny.kind]: tiny });
if (destinationMs > 0) slowDown();

function* entries(): Generator<CaptureEntry> {
  const modifiedAt = new Date();
  for (let file = 1; file <= FILES; file += 1) {
    const open = () => Promise.resolve(Readable.from([content]));
    yield { path: `etc/${file}.conf`, type: "file", sizeBytes: content.length, mode: 0o600, modifiedAt, open };
  }
}

function slowDown(): void {
  const open = local.open.bind(local);
  const slow = async (...given: Parameters<typeof open>): Promise<DestinationSession> => {
    const session = await open(...given);
    return {
      ...session,
      async put(...asked) {
        await delay(destinationMs);
        return session.put(...asked);
      },
    };
  };
  Object.assign(local, { open: slow });
}
