import type { RebuildReport } from "#lib/catalogue/report.ts";

const MOST_SHOWN = 200;

/** What a rebuild found and did, for the operator who asked for it. */
export function rebuildWords(report: RebuildReport): string[] {
  const { folder, isDryRun, found, known, added } = report;
  return [
    isDryRun
      ? `What a rebuild from the folder ${folder} would do (nothing was changed):`
      : `The catalogue was rebuilt from the folder ${folder}.`,
    `  ${count(found, "backup")} found, ${added.backups} new to the catalogue${known > 0 ? `, ${known} known` : ""}.`,
    `  Added: ${count(added.backups, "backup")}, ${count(added.copies, "copy", "copies")}, ${count(added.systems, "system")}, ${count(added.keys, "key")}.`,
    ...authenticityWords(report),
    ...(report.epoch === null
      ? []
      : [`  This installation is now the one that writes there (epoch ${report.epoch}). Any other is refused from now on.`]),
    ...gapWords(report),
    ...skipWords(report),
    "Whether the newest backups are missing cannot be seen from a destination: compare with what you know of the last ones.",
    ...(added.backups > 0 ? ["Retention deletes none of the added ones until somebody has confirmed its preview."] : []),
    ...(added.systems > 0 ? ["How to connect to an added system is in no description: edit it before you restore into it."] : []),
  ];
}

function authenticityWords({ authenticity, believed, foreignSigners }: RebuildReport): string[] {
  const { own, signed, foreign } = authenticity;
  const lines = [
    ...(own > 0 ? [`  ${own} signed by this tenant itself.`] : []),
    ...(signed > 0 ? [`  ${signed} signed by a signer that is believed.`] : []),
    ...(believed > 0 ? [`  ${count(believed, "backup")} found earlier ${believed === 1 ? "is" : "are"} believed from now on.`] : []),
  ];
  if (foreign === 0) return lines;
  return [
    ...lines,
    `  ${foreign} foreign: nobody has vouched for ${foreign === 1 ? "its" : "their"} signer yet. They are not restored until the passphrase of their key was typed, or --trust names the signer:`,
    ...[...foreignSigners].map(([signer, backups]) => `    ${backups} by ${signer === "" ? "nobody: no signature holds" : signer}`),
  ];
}

function gapWords({ gaps }: RebuildReport): string[] {
  if (gaps.length === 0) return [];
  return [
    "Numbers that are missing between others (deleted before, or taken away):",
    ...gaps.map(({ systemName, from, to }) => `  “${systemName}”: ${from === to ? from : `${from} to ${to}`}`),
  ];
}

function skipWords({ skipped, skips }: RebuildReport): string[] {
  if (skipped === 0) return [];
  const shown = skips.slice(0, MOST_SHOWN);
  const more = skipped - shown.length;
  return [
    `Left out (${skipped}):`,
    ...shown.map(({ key, reason }) => `  ${printable(key)} ${printable(reason)}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

/** Names in a bucket are anybody's: none may steer the terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "?");
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
