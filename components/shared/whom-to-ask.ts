import { type Permission, permissions } from "#lib/auth/permissions.ts";

/** "Ask an admin or an owner of this tenant." Names every role that carries the permission; the smallest comes first. */
export function whomToAsk(permission: Permission): string {
  const roles = permissions[permission].roles.map((role) => `${/^[aeiou]/.test(role) ? "an" : "a"} ${role}`);
  const last = roles.at(-1) ?? "an owner";
  const rest = roles.slice(0, -1);
  return `Ask ${rest.length === 0 ? last : `${rest.join(", ")} or ${last}`} of this tenant.`;
}
