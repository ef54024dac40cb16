import { variables } from "#lib/env.ts";

/** docs/environment.md: each variable of the environment with its meaning and default, as lib/env.ts has them. */
export function environmentDocument(): string {
  const lines = Object.entries(variables).map(([name, schema]) => `- \`${name}\`${defaultOf(name, schema)}: ${schema.description ?? ""}`);
  return `# Environment

Every variable is optional; an empty one counts as unset. A wrong or contradictory value stops the start with one line that names it.

${lines.join("\n")}
`;
}

/** A default that depends on other variables is told in the description. */
function defaultOf(name: string, schema: (typeof variables)[keyof typeof variables]): string {
  if (name === "HOLDFAST_DATA") return " (default `./data`)";
  const fallback = schema.safeParse(undefined);
  return fallback.success && fallback.data !== undefined ? ` (default \`${String(fallback.data)}\`)` : "";
}
