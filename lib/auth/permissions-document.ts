import { permissions, roleDescriptions, roles } from "#lib/auth/permissions.ts";
import type { AnyOperation } from "#lib/operation.ts";

/** docs/permissions.md: who may do what, and which calls that opens. */
export function permissionsDocument(operations: readonly AnyOperation[]): string {
  const rows = Object.entries(permissions).map(([name, rule]) => {
    const marks = roles.map((role) => ((rule.roles as readonly string[]).includes(role) ? "yes" : ""));
    const calls = operations.filter((operation) => operation.permission === name).map((operation) => `\`${operation.name}\``);
    return `| ${[`\`${name}\``, rule.description, ...marks, calls.join(", ")].join(" | ")} |`;
  });
  return [
    "# Who may do what",
    "",
    "Written by `node ops/check-docs.ts --write` from `lib/auth/permissions.ts` and the operations; a check fails when it is out of date.",
    "",
    ...roles.map((role) => `- **${role}**: ${roleDescriptions[role]}`),
    "",
    `| permission | may | ${roles.join(" | ")} | calls |`,
    `| --- | --- | ${roles.map(() => "---").join(" | ")} | --- |`,
    ...rows,
    "",
  ].join("\n");
}
