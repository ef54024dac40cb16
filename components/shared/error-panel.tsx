import { isProblem, problemSentence } from "#components/shared/problem.ts";
import { Callout } from "#components/ui/callout.tsx";

interface ErrorPanelProps {
  /** Problem details as the API sent them, or whatever was thrown. Nothing is shown for null and undefined. */
  problem: unknown;
  /** What did not work: "The backup was not started." */
  title?: string;
  action?: React.ReactNode;
}

/** Why something was refused: the sentence, then what belongs to no field on the screen. */
export function ErrorPanel({ problem, title, action }: ErrorPanelProps) {
  if (problem === null || problem === undefined) return null;
  const errors = isProblem(problem) ? (problem.errors ?? []) : [];
  return (
    <Callout kind="danger" role="alert" title={title} action={action}>
      <p>{problemSentence(problem)}</p>
      {errors.length > 0 && (
        <ul className="list-disc ps-5 pt-1">
          {errors.map(({ path, message }) => (
            <li key={`${path} ${message}`}>
              {path !== "" && <span className="font-medium">{path}: </span>}
              {message}
            </li>
          ))}
        </ul>
      )}
    </Callout>
  );
}
