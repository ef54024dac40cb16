import type { FieldValues, UseFormReturn } from "react-hook-form";
import { isProblem, type Problem, problemSentence, showFieldErrors } from "#components/shared/problem.ts";

/** Puts a refused submission beside its fields. Answers what remains to be shown above the form, or null when all has its place. */
export function problemAfter<Values extends FieldValues, Context, Output>(
  form: UseFormReturn<Values, Context, Output>,
  error: unknown,
): Problem | null {
  const rest = showFieldErrors(form, error);
  const all = isProblem(error) ? (error.errors?.length ?? 0) : 0;
  return all > 0 && rest.length === 0 ? null : { detail: problemSentence(error), errors: rest };
}
