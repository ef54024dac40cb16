"use client";

import { Plus, X } from "lucide-react";
import { useId } from "react";
import { Button } from "#components/ui/button.tsx";
import { Input } from "#components/ui/input.tsx";

interface TimesFieldProps {
  value: readonly string[];
  onChange: (times: string[]) => void;
  /** Only the first: a schedule with one run a day. */
  single: boolean;
}

/** Times of the day, in the zone of the schedule. */
export function TimesField({ value, onChange, single }: TimesFieldProps) {
  const times = value.length === 0 ? [""] : value;
  const set = (index: number, time: string) => onChange(times.map((each, at) => (at === index ? time : each)));
  if (single) return <TimeInput label="Time of the day" value={times[0] ?? ""} onChange={(time) => set(0, time)} />;
  return (
    <div className="flex flex-wrap items-center gap-2">
      {times.map((time, index) => (
        // Times have no identity of their own: their place is it.
        <span key={index} className="flex items-center">
          <TimeInput label={`Time ${index + 1}`} value={time} onChange={(next) => set(index, next)} />
          {times.length > 1 && (
            <Button
              variant="ghost"
              size="icon"
              aria-label={`Remove time ${index + 1}${time === "" ? "" : `, ${time}`}`}
              onClick={() => onChange(times.filter((_, at) => at !== index))}
            >
              <X aria-hidden />
            </Button>
          )}
        </span>
      ))}
      <Button onClick={() => onChange([...times, ""])}>
        <Plus aria-hidden />
        Add a time
      </Button>
    </div>
  );
}

function TimeInput({ label, value, onChange }: { label: string; value: string; onChange: (time: string) => void }) {
  // Its own: the field's id cannot stand on several controls.
  const id = useId();
  return (
    <Input
      id={id}
      type="time"
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className="tabular w-32"
    />
  );
}
