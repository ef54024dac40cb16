import { z } from "zod";

// Runs in the browser too: imports nothing of Node's.

/** What is added to an event's data before anybody is told: names, as they are at that moment, and where to look. */
export const toldFields = z.object({
  tenantSlug: z.string(),
  tenantName: z.string(),
  systemName: z.string().optional().describe("With `systemId`."),
  policyName: z.string().optional().describe("With `policyId`."),
  backupCreatedAt: z.string().optional().describe("With `backupId`."),
  keyFingerprint: z.string().optional().describe("With `keyId`."),
  channelName: z.string().optional().describe("With `channelId`: the webhook's name, or the member's."),
  link: z.string().describe("Where in Holdfast to look."),
});

/** Names by id, of everything that a batch of events speaks of. */
export interface Names {
  tenant: { slug: string; name: string };
  systems: ReadonlyMap<string, string>;
  policies: ReadonlyMap<string, string>;
  backups: ReadonlyMap<string, string>;
  keys: ReadonlyMap<string, string>;
  channels: ReadonlyMap<string, string>;
}

export interface UntoldEvent {
  subjectKind: string | null;
  subjectId: string | null;
  data: Record<string, unknown>;
}

/** An event's data with names and a link; `address` is the public one, without a path. What has no name any more is left without. */
export function tell({ subjectKind, subjectId, data }: UntoldEvent, names: Names, address: string): Record<string, unknown> {
  const named = Object.entries({
    systemName: names.systems.get(String(data["systemId"])),
    policyName: names.policies.get(String(data["policyId"])),
    backupCreatedAt: names.backups.get(String(data["backupId"])),
    keyFingerprint: names.keys.get(String(data["keyId"])),
    channelName: names.channels.get(String(data["channelId"])),
  }).filter(([, value]) => value !== undefined);
  const { slug, name } = names.tenant;
  const link = `${address}/t/${slug}${pathOf(subjectKind, subjectId)}`;
  return { ...data, ...Object.fromEntries(named), tenantSlug: slug, tenantName: name, link };
}

/** Pages of one thing; members and webhooks stand on the page of all of them. */
const pages: Record<string, string> = {
  run: "runs",
  system: "systems",
  backup: "backups",
  key: "keys",
  restore: "restores",
  webhook: "notifications/webhooks",
};
const lists: Record<string, string> = { member: "/members", mail: "/notifications" };

function pathOf(kind: string | null, id: string | null): string {
  if (kind === null) return "";
  const page = pages[kind];
  if (page !== undefined && id !== null) return `/${page}/${encodeURIComponent(id)}`;
  return lists[kind] ?? "";
}
