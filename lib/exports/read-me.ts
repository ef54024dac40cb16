import type { ExportPlan } from "#lib/exports/export-plan.ts";
import { PRODUCT_VERSION } from "#lib/installation.ts";

/** What stands in an export for whoever finds it without Holdfast. */
export function readMe({ system, keyFiles }: ExportPlan): string {
  return `Backups of "${system.name}", exported by Holdfast ${PRODUCT_VERSION} on ${new Date().toISOString()}.

To open one, in an empty folder (needed: age, zstd, tar, and the passphrase of its key):

  age -d -i KEYFILE ARCHIVE | zstd -d | tar x

ARCHIVE ends in .tar.zst.age. KEYFILE is the file keys/<key id>.<number>.age whose key id stands in the
description beside the archive (<backup id>.json, under "key"). An archive that ends in .tar.zst is not
encrypted: leave the first step out. For a key without a passphrase ("mode": "managed"), KEYFILE is the
identity that was taken away when the key was made; it is not in here.

${keyFiles.length === 0 ? "No key file is in here." : `Key files in here:\n${keyFiles.map(({ name }) => `  ${name}`).join("\n")}`}

What was backed up lies in entries/ afterwards. "sha256sum -c SHA256SUMS" checks everything in here. What could not be
exported, or was found changed, stands in MISSING.txt, where there is one.

The folders are those of a destination: unpacked into the folder of one, they can be taken into a catalogue with
"npm run cli -- catalogue rebuild".
`;
}
