/** Looks shared by everything one types into or picks from. (`read-only:` would take a select for read-only, as CSS does.) */
export const controlClass = [
  "w-full rounded-lg border border-input bg-surface px-3 text-sm text-foreground transition-colors duration-100",
  "hover:border-muted focus-visible:outline-offset-0",
  "aria-invalid:border-red aria-invalid:bg-red-soft/40",
  "[&[readonly]]:bg-sunken disabled:bg-sunken disabled:opacity-60",
].join(" ");
