"use client";

import type { ReactNode } from "react";
import {
  type Control,
  Controller,
  type ControllerRenderProps,
  type FieldPath,
  type FieldValues,
  FormProvider,
  type SubmitHandler,
  type UseFormReturn,
} from "react-hook-form";
import { cn } from "#components/ui/class-names.ts";
import { Field } from "#components/ui/field.tsx";

interface FormProps<Values extends FieldValues, Context, Output> {
  form: UseFormReturn<Values, Context, Output>;
  onSubmit: SubmitHandler<Output>;
  className?: string;
  id?: string;
  children: ReactNode;
}

/** A form of react-hook-form; messages are ours, not the browser's. */
export function Form<Values extends FieldValues, Context, Output>(props: FormProps<Values, Context, Output>) {
  const { form, onSubmit, className, id, children } = props;
  const submit = form.handleSubmit(onSubmit);
  return (
    <FormProvider {...form}>
      <form id={id} noValidate className={cn("flex max-w-prose flex-col gap-6", className)} onSubmit={(event) => void submit(event)}>
        {children}
      </form>
    </FormProvider>
  );
}

interface FormFieldProps<Values extends FieldValues, Context, Output, Name extends FieldPath<Values>> {
  form: { control: Control<Values, Context, Output> };
  name: Name;
  label: ReactNode;
  help?: ReactNode;
  required?: boolean;
  optionalHint?: boolean;
  group?: boolean;
  className?: string;
  /** Draws the control: `(field) => <Input {...field} />`. */
  children: (field: ControllerRenderProps<Values, Name>) => ReactNode;
}

/** A Field bound to one value of the form, with its message. */
export function FormField<Values extends FieldValues, Context, Output, Name extends FieldPath<Values>>(
  props: FormFieldProps<Values, Context, Output, Name>,
) {
  const { form, name, children, ...field } = props;
  return (
    <Controller
      control={form.control}
      name={name}
      render={({ field: control, fieldState }) => (
        <Field {...field} error={fieldState.error?.message}>
          {children(control)}
        </Field>
      )}
    />
  );
}

/** The buttons at the end of a form; the primary one first. */
export function FormActions({ children }: { children: ReactNode }) {
  return <div className="flex flex-wrap items-center gap-3 pt-2">{children}</div>;
}
