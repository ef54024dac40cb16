"use client";

import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { hrefWith } from "#components/shared/filter-href.ts";
import { Select } from "#components/ui/select.tsx";

interface FilterSelectProps {
  /** What is chosen: "System". */
  label: string;
  /** The query's parameter. */
  name: string;
  options: readonly { value: string; label: string }[];
}

/** A filter with many values, kept in the address. Nothing while there is nothing to choose between. */
export function FilterSelect({ label, name, options }: FilterSelectProps) {
  const pathname = usePathname();
  const search = useSearchParams();
  const router = useRouter();
  const present = search.get(name) ?? "";
  if (options.length < 2 && present === "") return null;
  return (
    <div className="w-44 max-sm:flex-1">
      <Select
        aria-label={label}
        value={present}
        onChange={(event) => router.replace(hrefWith(pathname, search, name, event.target.value), { scroll: false })}
        options={[{ value: "", label: `${label}: all` }, ...options]}
        className="h-8"
      />
    </div>
  );
}
