import { permissionsDocument } from "#lib/auth/permissions-document.ts";
import { eventsDocument } from "#lib/events/events-document.ts";
import { apiDocument } from "#lib/http/api-document.ts";
import { operations } from "#lib/http/operations.ts";
import { environmentDocument } from "#ops/environment-document.ts";

export interface GeneratedDocument {
  /** Path from the project's root: "docs/permissions.md". */
  file: string;
  /** The whole text that the file must have. */
  generate: () => string | Promise<string>;
}

/** Documents that code writes. `node ops/check-docs.ts --write` writes them; without it, a difference is an error. */
export const generatedDocuments: GeneratedDocument[] = [
  { file: "docs/environment.md", generate: environmentDocument },
  { file: "docs/permissions.md", generate: () => permissionsDocument(operations) },
  { file: "docs/api.md", generate: () => apiDocument(operations) },
  { file: "docs/events.md", generate: eventsDocument },
];
