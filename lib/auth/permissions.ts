/** Roles from the least to the most. Browser-safe. */
export const roles = ["viewer", "auditor", "operator", "restorer", "admin", "owner"] as const;
export type Role = (typeof roles)[number];

export const roleDescriptions: Record<Role, string> = {
  viewer: "Sees names, states, schedules, runs and backups' descriptions.",
  auditor: "Sees what a viewer sees, and the audit log, members and settings.",
  operator: "Connects systems and destinations, writes policies, runs, cancels and verifies backups.",
  restorer: "Plans and executes restores, downloads backups.",
  admin: "Operator, restorer and auditor in one; manages members below owner, keys, and deletes backups.",
  owner: "Everything, and alone: restoring members, settings and keys.",
};

const everyone = roles;
const auditors = ["auditor", "admin", "owner"] as const;
const operators = ["operator", "admin", "owner"] as const;
const restorers = ["restorer", "admin", "owner"] as const;
const admins = ["admin", "owner"] as const;
const owners = ["owner"] as const;

interface PermissionRule {
  /** What it lets a person do, for the permissions page and for "ask someone who may …". */
  description: string;
  roles: readonly Role[];
}

/** The one table of who may do what. Everything that is not here is nobody's. */
export const permissions = {
  "systems.read": { description: "see systems", roles: everyone },
  "systems.write": { description: "create, change and validate systems", roles: operators },
  "systems.delete": { description: "delete systems", roles: admins },
  "destinations.read": { description: "see destinations", roles: everyone },
  "destinations.write": { description: "create, change and validate destinations", roles: operators },
  "destinations.delete": { description: "delete destinations", roles: admins },
  "policies.read": { description: "see policies", roles: everyone },
  "policies.write": { description: "create and change policies", roles: operators },
  "policies.delete": { description: "delete policies", roles: admins },
  "policies.shrinkRetention": { description: "make a policy keep fewer backups", roles: admins },
  "runs.read": { description: "see runs", roles: everyone },
  "runs.start": { description: "back up now, cancel and retry", roles: operators },
  "backups.read": { description: "see backups' descriptions", roles: everyone },
  "backups.verify": { description: "verify backups", roles: operators },
  "backups.download": { description: "download backups and protected key files", roles: restorers },
  "backups.downloadConfiguration": { description: "download backups of this tenant's configuration", roles: admins },
  "backups.pin": { description: "pin backups", roles: operators },
  "backups.delete": { description: "delete backups", roles: admins },
  "restores.read": { description: "see restores", roles: everyone },
  "restores.execute": { description: "plan and execute restores", roles: restorers },
  "restores.configuration": { description: "restore members, settings and keys", roles: owners },
  "keys.read": { description: "see keys' fingerprints and hints", roles: everyone },
  "keys.write": { description: "set the passphrase", roles: admins },
  "members.read": { description: "see members and invitations", roles: auditors },
  "members.write": { description: "invite, change and remove members", roles: admins },
  "audit.read": { description: "see the audit log", roles: auditors },
  "webhooks.read": { description: "see webhooks and their deliveries", roles: auditors },
  "webhooks.write": { description: "create, change and test webhooks", roles: admins },
  "notifications.own": { description: "choose what is mailed to oneself", roles: everyone },
  "settings.read": { description: "see settings", roles: auditors },
  "settings.write": { description: "change settings", roles: admins },
  "clock.trust": { description: "say that a doubted clock is right", roles: owners },
} as const satisfies Record<string, PermissionRule>;

export type Permission = keyof typeof permissions;

/** Whether that role carries that permission. */
export function roleMay(role: Role, permission: Permission): boolean {
  return (permissions[permission].roles as readonly Role[]).includes(role);
}

/** All permissions of a role, for the browser's <Can>. */
export function permissionsOf(role: Role): Permission[] {
  return (Object.keys(permissions) as Permission[]).filter((permission) => roleMay(role, permission));
}

/** "an admin or an owner": whom to ask who lacks a permission (UIP-1). */
export function whomToAsk(permission: Permission): string {
  const named = permissions[permission].roles.map((role) => (/^[aeiou]/.test(role) ? `an ${role}` : `a ${role}`));
  return named.length === 1 ? (named[0] ?? "") : `${named.slice(0, -1).join(", ")} or ${named.at(-1) ?? ""}`;
}

/** Admins manage members below owner; only owners touch owners. */
export function roleMayManage(actor: Role, target: Role): boolean {
  return actor === "owner" || (actor === "admin" && target !== "owner");
}
