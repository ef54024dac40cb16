import { type EventName, eventTypes } from "#lib/events/event-types.ts";
import { oneLine } from "#lib/events/one-line.ts";

/** An event in words, for people: what happened to what, then what there is to know and to do. One line each, without control characters. */
export interface DescribedEvent {
  headline: string;
  details: string[];
  link: string;
}

/** `data` as it is once the event was spread, with names and link. Words that an older version did not write are left out. */
export function describeEvent(type: EventName, data: Record<string, unknown>): DescribedEvent {
  const subject = subjectOf(data);
  const { title } = eventTypes[type];
  return {
    headline: oneLine(subject === null ? title : `${title}: ${subject}`),
    details: detailsOf(data).map(oneLine),
    link: textOf(data["link"]) ?? "",
  };
}

function subjectOf(data: Record<string, unknown>): string | null {
  const system = textOf(data["systemName"]);
  if (system !== null) return `“${system}”`;
  const key = textOf(data["keyFingerprint"]);
  return key ? `key ${key}` : (textOf(data["channelName"]) ?? textOf(data["memberName"]));
}

function detailsOf(data: Record<string, unknown>): string[] {
  const failure = typeof data["failure"] === "object" && data["failure"] !== null ? { ...data["failure"] } : {};
  const { message = null, mend = null } = failure as { message?: unknown; mend?: unknown };
  const sentences = [
    textOf(message),
    textOf(mend),
    textOf(data["message"]),
    after("Due", momentOf(data["dueAt"])),
    several(data["count"], "dueAt" in data ? "runs were missed" : "backups"),
    "maximumAgeHours" in data ? promise(data["maximumAgeHours"], data["lastGoodAt"]) : null,
    after("Changed:", textOf(data["change"])),
    after("Reason:", textOf(data["reason"])),
    data["changedTarget"] === true ? "It had begun to change its target." : null,
    textOf(data["safetyBackupId"]) === null ? null : "The backup from just before the restore is there to go back to.",
    after("Policy:", textOf(data["policyName"])),
    after("Backup of", momentOf(data["backupCreatedAt"])),
  ];
  return sentences.filter((sentence) => sentence !== null);
}

function promise(hours: unknown, lastGoodAt: unknown): string {
  const last = momentOf(lastGoodAt);
  return `${last === null ? "It has no good backup" : `Its newest good backup is of ${last}`}; its policy promises one every ${String(hours)} h.`;
}

function several(count: unknown, what: string): string | null {
  return typeof count === "number" && count > 1 ? `${count} ${what}.` : null;
}

function after(word: string, text: string | null): string | null {
  return text === null ? null : `${word} ${text}${/[.…]$/.test(text) ? "" : "."}`;
}

function momentOf(value: unknown): string | null {
  const date = typeof value === "string" ? new Date(value) : null;
  return date === null || Number.isNaN(date.getTime()) ? null : `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
