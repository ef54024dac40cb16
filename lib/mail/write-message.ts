import { type DescribedEvent, describeEvent } from "#lib/events/describe-event.ts";
import { type EventName, eventTypes } from "#lib/events/event-types.ts";
import { oneLine } from "#lib/events/one-line.ts";

/** What happened, for one member. */
export interface Digest {
  tenantName: string;
  /** Where the member chooses what is mailed. */
  notificationsUrl: string;
  /** The tenant's own page, for what does not fit. */
  tenantUrl: string;
  /** How many of each type. */
  counts: { type: EventName; count: number }[];
  /** The most important ones; at most MOST_SHOWN. */
  shown: { type: EventName; at: Date; data: Record<string, unknown> }[];
}

export interface WrittenMessage {
  subject: string;
  text: string;
  html: string;
}

/** Events that a message tells of one by one. */
export const MOST_SHOWN = 50;
const LONGEST_SUBJECT = 160;

/** A message in plain text and in simple HTML, which loads nothing. */
export function writeMessage(digest: Digest): WrittenMessage {
  const events = digest.shown.map(({ type, at, data }) => ({ ...describeEvent(type, data), at: momentWords(at) }));
  const total = digest.counts.reduce((sum, { count }) => sum + count, 0);
  const summary = total === 1 ? null : summaryOf(digest, total);
  const rest = total > events.length ? `And ${total - events.length} more.` : null;
  const subject = shorten(`[${oneLine(digest.tenantName)}] ${total === 1 ? (events[0]?.headline ?? "") : (summary ?? "")}`);
  const written = { digest, events, summary, rest };
  return { subject, text: plainText(written), html: simpleHtml(written) };
}

/** "12 events, 10 of them failures: 10 × A backup failed, 2 × Backed up". */
function summaryOf({ counts }: Digest, total: number): string {
  const failures = counts.filter(({ type }) => eventTypes[type].isFailure).reduce((sum, { count }) => sum + count, 0);
  const failed = failures === 0 ? "" : failures === total ? ", all of them failures" : `, ${failures} of them failures`;
  const first = [...counts].sort(
    (a, b) => Number(eventTypes[b.type].isFailure) - Number(eventTypes[a.type].isFailure) || b.count - a.count,
  );
  return `${total} events${failed}: ${first.map(({ type, count }) => `${count} × ${eventTypes[type].title}`).join(", ")}`;
}

interface Written {
  digest: Digest;
  events: (DescribedEvent & { at: string })[];
  summary: string | null;
  rest: string | null;
}

function plainText({ digest, events, summary, rest }: Written): string {
  const blocks = events.map(({ headline, details, link, at }) => [headline, at, ...details, link].filter(Boolean).join("\n"));
  const end = [
    `You get this as a member of ${oneLine(digest.tenantName)}.`,
    `Choose what is mailed to you: ${digest.notificationsUrl}`,
  ].join("\n");
  const all = [summary, ...blocks, rest === null ? null : `${rest} ${digest.tenantUrl}`, `-- \n${end}`];
  return `${all.filter((block) => block !== null).join("\n\n")}\n`;
}

function simpleHtml({ digest, events, summary, rest }: Written): string {
  const blocks = events.map(({ headline, details, link, at }) => {
    const lines = [at, ...details].map((line) => `<br>${escape(line)}`).join("");
    return `<p><strong>${escape(headline)}</strong>${lines}<br>${anchor(link, "Open in Holdfast")}</p>`;
  });
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Holdfast</title></head><body style="font-family:sans-serif;line-height:1.5;max-width:40em">`,
    summary === null ? "" : `<p>${escape(summary)}.</p>`,
    ...blocks,
    rest === null ? "" : `<p>${escape(rest)} ${anchor(digest.tenantUrl, "See them in Holdfast")}</p>`,
    `<hr><p><small>You get this as a member of ${escape(oneLine(digest.tenantName))}. ${anchor(digest.notificationsUrl, "Choose what is mailed to you")}</small></p>`,
    "</body></html>",
  ].join("\n");
}

function anchor(link: string, words: string): string {
  return /^https?:\/\//.test(link) ? `<a href="${escape(link)}">${words}</a>` : "";
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function momentWords(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function shorten(subject: string): string {
  return subject.length <= LONGEST_SUBJECT ? subject : `${subject.slice(0, LONGEST_SUBJECT - 1).toWellFormed()}…`;
}
