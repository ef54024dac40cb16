import { Readable } from "node:stream";
import { z } from "zod";
import type { TenantConfiguration } from "#lib/connectors/configuration-store.ts";
import type { ArchiveReader, CaptureEntry, SystemConnector } from "#lib/connectors/connector.ts";
import { createSteps } from "#lib/connectors/steps.ts";
import { createAssembly } from "#lib/connectors/tenant-configuration/assemble.ts";
import { parts, pathOf } from "#lib/connectors/tenant-configuration/documents.ts";
import { planConfiguration } from "#lib/connectors/tenant-configuration/plan.ts";

const config = z.strictObject({});

const notInBackup = [
  "passwords and second factors (people who are not members any more have to be invited again)",
  "sessions and API tokens",
  "the secret halves of managed keys",
  "the backups themselves",
  "the audit log",
] as const;

const FILE_MODE = 0o600;

/** What the tenant has set up in Holdfast itself. Stored credentials stay sealed. */
export const tenantConfiguration: SystemConnector<z.infer<typeof config>> = {
  kind: "tenant-configuration",
  label: "This tenant's configuration",
  description: "Members, systems, destinations, policies, keys and settings of this tenant.",
  config,
  notInBackup,

  async validate(_config, context) {
    const steps = createSteps();
    await steps.run("Read the configuration", async () => {
      const { members, systems, destinations, policies } = await context.configuration.read();
      return `Members: ${members.length}, systems: ${systems.length}, destinations: ${destinations.length}, policies: ${policies.length}.`;
    });
    return steps.result();
  },

  async capture(_config, context) {
    const snapshot = await context.configuration.read();
    return {
      systemVersion: null,
      includesSecrets: [...snapshot.systems, ...snapshot.destinations].some(({ sealedSecrets }) => sealedSecrets !== null),
      notInBackup: [...notInBackup],
      entries: Readable.from(entriesOf(snapshot)) as AsyncIterable<CaptureEntry>,
    };
  },

  check() {
    const assembly = createAssembly();
    return {
      entry: (path, body) => assembly.add(path, body),
      async finish() {
        await Promise.resolve(assembly.finish());
      },
    };
  },

  async planRestore(_config, archive, context) {
    const wanted = await readConfiguration(archive);
    const blockers = await context.configuration.objections(wanted);
    return { ...planConfiguration(await context.configuration.read(), wanted), blockers, notInBackup: archive.manifest.notInBackup };
  },

  async applyRestore(_config, archive, context, progress) {
    const wanted = await readConfiguration(archive);
    progress("Applying the configuration in one transaction.");
    return context.configuration.apply(wanted);
  },
};

function* entriesOf(snapshot: TenantConfiguration): Generator<CaptureEntry> {
  const modifiedAt = new Date();
  for (const part of parts) {
    const content = Buffer.from(`${JSON.stringify(snapshot[part], null, 2)}\n`);
    const open = () => Promise.resolve(Readable.from([content]));
    yield { path: pathOf(part), type: "file", sizeBytes: content.length, mode: FILE_MODE, modifiedAt, open };
  }
}

async function readConfiguration(archive: ArchiveReader): Promise<TenantConfiguration> {
  const assembly = createAssembly();
  for await (const { path, body } of archive.entries()) await assembly.add(path, body);
  return assembly.finish();
}
