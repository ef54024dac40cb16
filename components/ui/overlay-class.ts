/** Looks shared by dialogs, sheets, menus and tooltips. */
export const overlayClass = "fixed inset-0 z-40 bg-overlay motion-safe:animate-enter";
export const dialogClass = [
  "fixed top-1/2 left-1/2 z-50 flex max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] max-w-lg -translate-x-1/2 -translate-y-1/2 flex-col gap-4 overflow-y-auto",
  "rounded-lg border border-border bg-raised p-6 text-foreground shadow-raised motion-safe:animate-enter",
].join(" ");
export const menuClass =
  "z-50 max-h-(--radix-popper-available-height) min-w-52 overflow-y-auto rounded-lg border border-border bg-raised p-1 text-sm text-foreground shadow-raised motion-safe:animate-enter";
export const menuItemClass = [
  "flex min-h-8 cursor-pointer items-center gap-2.5 rounded-md px-2.5 py-1.5 select-none pointer-coarse:min-h-10",
  "data-highlighted:bg-grey-soft data-disabled:cursor-not-allowed data-disabled:opacity-50 [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-muted",
].join(" ");
