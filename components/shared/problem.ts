import type { FieldPath, FieldValues, UseFormReturn } from "react-hook-form";

/** What the API answers when something is wrong (RFC 9457), as far as screens need it. */
export interface Problem {
  /** One sentence: what happened, why, what to do. */
  detail?: string | undefined;
  title?: string | undefined;
  code?: string | undefined;
  errors?: readonly { path: string; message: string }[] | undefined;
}

/** The sentence for people. An answer that is no problem (the network broke) has a sentence of its own. */
export function problemSentence(problem: unknown): string {
  if (isProblem(problem)) return problem.detail ?? problem.title ?? unknownSentence;
  return unknownSentence;
}

/**
 * Puts each field error of a refused submission beside its field and focuses the first. Returns those that belong to no
 * field of the form; show them with `<ErrorPanel problem={{ ...problem, errors: rest }} />`.
 */
export function showFieldErrors<Values extends FieldValues, Context, Output>(
  form: UseFormReturn<Values, Context, Output>,
  problem: unknown,
): { path: string; message: string }[] {
  const errors = isProblem(problem) ? (problem.errors ?? []) : [];
  const rest: { path: string; message: string }[] = [];
  let focus = true;
  for (const error of errors) {
    // An entry of a list is shown beside the list.
    const path = error.path.replace(/(\.\d+)+$/, "") as FieldPath<Values>;
    if (path === "" || form.getValues(path) === undefined) {
      rest.push(error);
      continue;
    }
    form.setError(path, { type: "server", message: error.message }, { shouldFocus: focus });
    focus = false;
  }
  return rest;
}

export function isProblem(value: unknown): value is Problem {
  if (typeof value !== "object" || value === null) return false;
  const { detail, title, errors } = value as Record<string, unknown>;
  const said = typeof detail === "string" || typeof title === "string";
  return said && (errors === undefined || Array.isArray(errors));
}

const unknownSentence =
  "Holdfast did not answer as expected. Check the connection, then try again; nothing was changed unless the list shows it.";
