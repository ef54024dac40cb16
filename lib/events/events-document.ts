import { z } from "zod";
import { eventExamples } from "#lib/events/event-examples.ts";
import { eventGroups, eventNames, eventTypes } from "#lib/events/event-types.ts";
import { tell, toldFields } from "#lib/events/told.ts";

/** docs/events.md: what webhooks and mail tell of, each type with its schema and an example. */
export function eventsDocument(): string {
  return [
    "# Events",
    "",
    "Written by `node ops/check-docs.ts --write` from `lib/events/event-types.ts`; a check fails when it is out of date.",
    "",
    "An event is written down in the transaction of what it tells of: what was rolled back is told to nobody, and what happened is told even if everything",
    "ends right after it. A worker then makes a delivery for each webhook and a mail for each member that wants it. Failures are mailed unless a member",
    "chooses otherwise. Nothing in an event is secret. Events are kept for 90 days after they were told.",
    "",
    'A webhook\'s body is `{ "type", "timestamp", "data" }`; `data` has the fields of its type and these:',
    "",
    ...fieldTable(toldFields),
    "",
    ...eventGroups.flatMap((group) => [
      `## ${group}`,
      "",
      ...eventNames.filter((name) => eventTypes[name].group === group).flatMap(section),
    ]),
  ].join("\n");
}

function section(name: (typeof eventNames)[number]): string[] {
  const { summary, isFailure, data } = eventTypes[name];
  const { subjectKind, subjectId, data: example, names } = eventExamples[name];
  const told = tell({ subjectKind, subjectId, data: example }, names, "https://backup.example.com");
  const body = { type: name, timestamp: "2026-11-22T01:00:07.512Z", data: told };
  return [
    `### \`${name}\``,
    "",
    `${summary}${isFailure ? " A failure: mailed by default." : ""}`,
    "",
    ...fieldTable(data),
    "",
    "```json",
    JSON.stringify(body, null, 2),
    "```",
    "",
  ];
}

interface JsonSchema {
  type?: string | string[];
  enum?: string[];
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
}

function fieldTable(schema: z.ZodObject): string[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema) as JsonSchema;
  const rows = Object.entries(properties).map(([name, field]) => {
    const presence = required.includes(name) ? "" : ", where there is one";
    return `| \`${name}\` | ${typeWords(field)}${presence} | ${descriptionOf(field)} |`;
  });
  return ["| field | type | meaning |", "| --- | --- | --- |", ...rows];
}

function descriptionOf({ description, properties }: JsonSchema): string {
  const parts = Object.entries(properties ?? {}).map(([name, part]) => `\`${name}\`: ${part.description ?? typeWords(part)}`);
  return [description, ...parts].filter((text) => text !== undefined).join(" ");
}

function typeWords({ type, enum: values, items, anyOf }: JsonSchema): string {
  if (values) return values.map((value) => `\`${value}\``).join(" or ");
  if (anyOf) return anyOf.map(typeWords).join(" or ");
  if (items) return `array of ${typeWords(items)}`;
  return [type].flat().join(" or ");
}
