import { createHash } from "node:crypto";
import { tarEnd, tarHeader, tarPadding } from "#lib/archive/tar-header.ts";
import { verified } from "#lib/backups/downloads/verified.ts";
import { reportBadCopy } from "#lib/copies/report-bad-copy.ts";
import { createCopyOpener, type OpenCopy } from "#lib/exports/copy-opener.ts";
import type { ExportedBackup, ExportPlan } from "#lib/exports/export-plan.ts";
import { readMe } from "#lib/exports/read-me.ts";

const FILE_MODE = 0o600;

/**
 * The bytes of an export: a plain tar with README.txt, the key files and the archives with their descriptions under the names that they have in a destination,
 * then MISSING.txt for what could not be had or was changed, and SHA256SUMS. An archive that turns out to be another one than recorded ends it with an error,
 * so that it never looks whole and is not.
 */
export async function* exportTar(tenantId: string, plan: ExportPlan, signal: AbortSignal): AsyncGenerator<Buffer> {
  const sums: string[] = [];
  const missing: string[] = [];
  const different: string[] = [];
  const opener = createCopyOpener(tenantId, signal);
  try {
    yield* textFile("README.txt", readMe(plan), new Date(), sums);
    for (const { name, content } of plan.keyFiles) yield* textFile(name, content, new Date(), sums);
    for (const backup of plan.backups) {
      if (backup.authenticity === "foreign") {
        missing.push(`${backup.id}: it was found in a destination, and nobody has vouched for its signer yet.`);
        continue;
      }
      const { copy, reasons } = await opener.open(backup);
      if (copy) {
        const about = { tenantId, backupId: backup.id, destinationId: copy.destinationId };
        yield* archiveFile(copy, backup, sums, () => reportBadCopy(about, "damaged", "exporting"));
        yield* textFile(copy.descriptionKey, copy.description, backup.createdAt, sums);
        if (copy.difference !== null) different.push(`${backup.id}: ${copy.difference}`);
      } else missing.push(`${backup.id} of ${backup.createdAt.toISOString()}: ${reasons.join(" ")}`);
    }
    const notes = [
      listed("These backups are not in here:", missing),
      listed("The descriptions of these differ from what was recorded:", different),
    ];
    if (notes.join("") !== "") yield* textFile("MISSING.txt", notes.filter(Boolean).join("\n"), new Date(), sums);
    yield* textFile("SHA256SUMS", sums.join(""), new Date(), []);
    yield tarEnd();
  } finally {
    await opener.close();
  }
}

async function* archiveFile(
  { objectKey, body }: OpenCopy,
  backup: ExportedBackup,
  sums: string[],
  onOther: () => Promise<unknown>,
): AsyncGenerator<Buffer> {
  const sizeBytes = Number(backup.sizeBytes ?? 0n);
  yield tarHeader({ name: objectKey, type: "file", sizeBytes, mode: FILE_MODE, modifiedAt: backup.createdAt });
  yield* verified(body, backup, onOther);
  yield tarPadding(sizeBytes);
  sums.push(`${backup.sha256 ?? ""}  ${objectKey}\n`);
}

function listed(title: string, lines: string[]): string {
  return lines.length === 0 ? "" : `${title}\n\n${lines.join("\n")}\n`;
}

function* textFile(name: string, text: string, modifiedAt: Date, sums: string[]): Generator<Buffer> {
  const content = Buffer.from(text);
  yield tarHeader({ name, type: "file", sizeBytes: content.length, mode: FILE_MODE, modifiedAt });
  yield content;
  yield tarPadding(content.length);
  sums.push(`${createHash("sha256").update(content).digest("hex")}  ${name}\n`);
}
