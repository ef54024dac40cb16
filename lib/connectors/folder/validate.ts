import type { ConnectorContext, ValidationResult } from "#lib/connectors/connector.ts";
import { CaptureError } from "#lib/connectors/errors.ts";
import type { FolderConfig } from "#lib/connectors/folder/config.ts";
import { explainSftpError } from "#lib/connectors/folder/explain.ts";
import { createSelection } from "#lib/connectors/folder/globs.ts";
import { openRoot } from "#lib/connectors/folder/open-root.ts";
import { absolute, walk, type Found } from "#lib/connectors/folder/walk.ts";
import type { SftpClient } from "#lib/connectors/sftp/client.ts";
import { dial, maySignIn, startHandshake, type Handshake } from "#lib/connectors/sftp/connect.ts";
import { readFileChunks } from "#lib/connectors/sftp/read-file.ts";
import { createSteps, type Steps } from "#lib/connectors/steps.ts";

const SAMPLE_BYTES = 64 * 1024;

/**
 * Tries the whole way to a first file. A host key that is not pinned yet is reported, for the user to confirm; with a password, the way ends there
 * until it is.
 */
export async function validateFolder(config: FolderConfig, context: ConnectorContext): Promise<ValidationResult> {
  const steps = createSteps();
  const observed: Record<string, string> = {};
  const begun: Handshake[] = [];
  await steps.run("Connect", async () => {
    begun.push(startHandshake(await dial(config, context), config, context));
    return `${config.host}:${config.port} answers.`;
  });
  for (const handshake of begun) await validateSession(handshake, config, steps, observed);
  return steps.result(observed);
}

async function validateSession(handshake: Handshake, config: FolderConfig, steps: Steps, observed: Record<string, string>): Promise<void> {
  try {
    await steps.run("Host key", async () => {
      const seen = await handshake.hostKey;
      if (config.hostKey) return `It is the pinned one, ${config.hostKey}.`;
      observed["hostKey"] = seen;
      if (!maySignIn(config)) {
        throw new CaptureError(
          `It is ${seen}. Compare it with the server's own (ssh-keygen -l); when both are the same, validate again with it: only then is the password sent.`,
        );
      }
      return `It is ${seen}. Compare it with the server's own (ssh-keygen -l); saving pins it.`;
    });
    await steps.run("Sign in", async () => {
      await handshake.signedIn;
      return `“${config.user}” may sign in.`;
    });
    await steps.run("Open the folder", async () => `It is ${await openRoot(await handshake.signedIn, config.path)}.`);
    await steps.run("List it", async () => {
      const client = await handshake.signedIn;
      return listed(client, await openRoot(client, config.path));
    });
    await steps.run("Read a file", async () => sample(await handshake.signedIn, config));
  } finally {
    handshake.end();
  }
}

async function listed(client: SftpClient, root: string): Promise<string> {
  try {
    const count = (await client.readdir(root)).length;
    return `It holds ${count} ${count === 1 ? "entry" : "entries"}.`;
  } catch (error) {
    throw explainSftpError(error, (reason) => new CaptureError(`The folder “${root}” could not be listed: ${reason}`));
  }
}

async function sample(client: SftpClient, config: FolderConfig): Promise<string> {
  const root = await openRoot(client, config.path);
  const file = await firstFile(walk(client, root, createSelection(config.include, config.exclude)));
  if (!file) throw new CaptureError("No file in the folder is taken by the patterns; check the folder and the patterns.");
  try {
    let bytesRead = 0;
    for await (const chunk of readFileChunks(client, absolute(root, file.path), Math.min(file.sizeBytes, SAMPLE_BYTES)))
      bytesRead += chunk.length;
    return `“${file.path}” can be read (${bytesRead} bytes tried).`;
  } catch (error) {
    throw explainSftpError(error, (reason) => new CaptureError(`“${file.path}” could not be read: ${reason}`));
  }
}

async function firstFile(all: AsyncIterable<Found>): Promise<Found | null> {
  for await (const found of all) if (found.type === "file") return found;
  return null;
}
