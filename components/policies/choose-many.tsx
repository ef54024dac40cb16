"use client";

import { useId, useState } from "react";
import { CheckboxField } from "#components/ui/checkbox.tsx";
import { Input } from "#components/ui/input.tsx";

const FILTER_FROM = 9;

interface ChooseManyProps {
  options: readonly { id: string; name: string; detail?: string }[];
  value: readonly string[];
  onChange: (ids: string[]) => void;
  /** For the filter: "systems". */
  noun: string;
}

/** Several of a list, each with a box; longer lists can be filtered. */
export function ChooseMany({ options, value, onChange, noun }: ChooseManyProps) {
  const id = useId();
  const [filter, setFilter] = useState("");
  const shown = options.filter(({ name }) => name.toLowerCase().includes(filter.trim().toLowerCase()));
  const toggle = (id: string, chosen: boolean) => onChange(chosen ? [...value, id] : value.filter((each) => each !== id));
  return (
    <div className="flex flex-col gap-3">
      {options.length >= FILTER_FROM && (
        <Input
          id={id}
          type="search"
          aria-label={`Filter ${noun}`}
          placeholder={`Filter ${options.length} ${noun}`}
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
      )}
      <ul className="flex max-h-72 flex-col gap-3 overflow-y-auto rounded-lg border border-border bg-surface p-4">
        {shown.map(({ id, name, detail }) => (
          <li key={id}>
            <CheckboxField
              label={<span className="[overflow-wrap:anywhere]">{name}</span>}
              help={detail}
              checked={value.includes(id)}
              onCheckedChange={(chosen) => toggle(id, chosen === true)}
            />
          </li>
        ))}
        {shown.length === 0 && <li className="text-sm text-muted">No name matches.</li>}
      </ul>
    </div>
  );
}
