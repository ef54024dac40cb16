"use client";

import { createContext, use } from "react";

interface FieldContextValue {
  id: string;
  /** Ids of the help and error texts that are on the page. */
  describedBy: string | undefined;
  invalid: boolean;
  required: boolean;
}

export const FieldContext = createContext<FieldContextValue | null>(null);

interface ControlProps {
  id?: string | undefined;
  "aria-describedby"?: string | undefined;
  "aria-invalid"?: React.AriaAttributes["aria-invalid"] | undefined;
  "aria-required"?: React.AriaAttributes["aria-required"] | undefined;
}

/** Wires a control to the `Field` around it. The control's own props win; outside a Field they are all there is. */
export function useFieldControl(own: ControlProps) {
  const field = use(FieldContext);
  const describedBy = [own["aria-describedby"], field?.describedBy].filter(Boolean).join(" ");
  return {
    id: own.id ?? field?.id,
    "aria-describedby": describedBy === "" ? undefined : describedBy,
    "aria-invalid": own["aria-invalid"] ?? (field?.invalid ? true : undefined),
    "aria-required": own["aria-required"] ?? (field?.required ? true : undefined),
  };
}
