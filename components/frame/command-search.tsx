"use client";

import { ArrowRight, Search } from "lucide-react";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { navigation, navigationHref, type NavigationId } from "#components/frame/navigation.ts";
import { Button } from "#components/ui/button.tsx";
import { CommandDialog, CommandGroup, CommandItem } from "#components/ui/command.tsx";
import { Kbd } from "#components/ui/kbd.tsx";

/** Something Ctrl-K finds. Either it leads somewhere or it does something. */
export interface Command {
  id: string;
  label: string;
  /** Heading it stands under: "Systems", "Actions". */
  group: string;
  keywords?: string[];
  href?: string;
  onSelect?: () => void;
}

interface CommandSearchProps {
  tenantSlug: string;
  visible: readonly NavigationId[];
  commands: readonly Command[];
}

/** The search of the top bar: opens with a click or Ctrl-K (⌘K). */
export function CommandSearch({ tenantSlug, visible, commands }: CommandSearchProps) {
  const [open, setOpen] = useState(false);
  const router = useRouter();
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      setOpen((present) => !present);
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
  const choose = ({ href, onSelect }: Command) => {
    setOpen(false);
    onSelect?.();
    if (href !== undefined) router.push(href);
  };
  return (
    <>
      <Button
        onClick={() => setOpen(true)}
        aria-keyshortcuts="Control+K Meta+K"
        className="me-1 font-normal text-muted max-md:size-9 max-md:border-transparent max-md:bg-transparent max-md:p-0 md:w-56 md:justify-start md:px-3"
      >
        <Search aria-hidden />
        <span className="flex-1 text-start max-md:sr-only">
          Search<span className="sr-only"> and commands</span>
        </span>
        <span aria-hidden className="max-md:hidden">
          <Kbd>Ctrl K</Kbd>
        </span>
      </Button>
      <CommandDialog open={open} onOpenChange={setOpen} label="Search and commands" placeholder="Go to a page, find a system, do something">
        {grouped([...commands, ...pages(tenantSlug, visible)]).map(([group, entries]) => (
          <CommandGroup key={group} heading={group}>
            {entries.map((entry) => (
              <CommandItem
                key={entry.id}
                value={`${entry.label} ${entry.id}`}
                keywords={entry.keywords ?? []}
                onSelect={() => choose(entry)}
              >
                <ArrowRight aria-hidden />
                <span className="truncate">{entry.label}</span>
              </CommandItem>
            ))}
          </CommandGroup>
        ))}
      </CommandDialog>
    </>
  );
}

function pages(tenantSlug: string, visible: readonly NavigationId[]): Command[] {
  return navigation
    .flatMap((group) => group.items)
    .filter((item) => visible.includes(item.id))
    .map((item) => ({ id: `page-${item.id}`, label: item.label, group: "Pages", href: navigationHref(tenantSlug, item) }));
}

function grouped(commands: readonly Command[]): [string, Command[]][] {
  const groups = new Map<string, Command[]>();
  for (const command of commands) groups.set(command.group, [...(groups.get(command.group) ?? []), command]);
  return [...groups];
}
