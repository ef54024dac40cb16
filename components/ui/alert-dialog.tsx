"use client";

import { AlertDialog as Primitive } from "radix-ui";
import { type ReactNode, useId, useState } from "react";
import { Button } from "#components/ui/button.tsx";
import { Field } from "#components/ui/field.tsx";
import { Input } from "#components/ui/input.tsx";
import { dialogClass, overlayClass } from "#components/ui/overlay-class.ts";
import { useReturnFocus } from "#components/ui/use-return-focus.ts";

interface AlertDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** A question with its object: "Delete 3 backups?" */
  title: string;
  /** What will happen, in words, before any colour. */
  description: ReactNode;
  /** The verb with its object: "Delete 3 backups". */
  action: string;
  onConfirm: () => void;
  /** The action hurts. */
  danger?: boolean;
  pending?: boolean;
  /** Only for what cannot be undone: this name has to be typed. */
  typeToConfirm?: string;
  /** Between the words and the buttons: an error, a field. */
  children?: ReactNode;
}

/** Asks before something happens. The focus starts on "Cancel". */
export function AlertDialog(props: AlertDialogProps) {
  const { open, onOpenChange, title, description, children } = props;
  const returnFocus = useReturnFocus();
  return (
    <Primitive.Root open={open} onOpenChange={onOpenChange}>
      <Primitive.Portal>
        <Primitive.Overlay className={overlayClass} />
        <Primitive.Content className={dialogClass} {...returnFocus}>
          <div className="flex flex-col gap-2">
            <Primitive.Title className="text-lg font-semibold">{title}</Primitive.Title>
            <Primitive.Description asChild className="text-base text-pretty text-muted">
              <div>{description}</div>
            </Primitive.Description>
          </div>
          {children}
          <Confirmation {...props} />
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}

function Confirmation({ action, onConfirm, danger = false, pending = false, typeToConfirm }: AlertDialogProps) {
  const formId = useId();
  const [typed, setTyped] = useState("");
  const allowed = typeToConfirm === undefined || typed.trim() === typeToConfirm;
  return (
    <form
      id={formId}
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (allowed && !pending) onConfirm();
      }}
    >
      {typeToConfirm !== undefined && (
        <Field label={`Type ${typeToConfirm} to confirm`} required>
          <Input value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" spellCheck={false} />
        </Field>
      )}
      <div className="flex flex-col-reverse gap-3 pt-2 sm:flex-row sm:justify-end">
        <Primitive.Cancel asChild>
          <Button>Cancel</Button>
        </Primitive.Cancel>
        <Button type="submit" variant={danger ? "danger" : "primary"} pending={pending} disabled={!allowed}>
          {action}
        </Button>
      </div>
    </form>
  );
}
