/** Of a sentence in an event: what is longer helps nobody, and the specification asks for less than 20 kB in all. */
const LONGEST_TEXT = 1000;
const LONGEST_LIST = 100;

interface ToldEvent {
  type: string;
  data: unknown;
  createdAt: Date;
}

/** The body that tells of an event, by Standard Webhooks: type, when it happened, and the event's data (docs/events.md). */
export function payloadOf({ type, data, createdAt }: ToldEvent): string {
  return JSON.stringify({ type, timestamp: createdAt.toISOString(), data: thin(data) });
}

function thin(value: unknown): unknown {
  if (typeof value === "string") return value.length <= LONGEST_TEXT ? value : `${value.slice(0, LONGEST_TEXT - 1).toWellFormed()}…`;
  if (Array.isArray(value)) return value.slice(0, LONGEST_LIST).map(thin);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, thin(inner)]));
}
