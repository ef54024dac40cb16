const units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** A size for people, in powers of 1024 with three digits at most: "0 bytes", "1 byte", "1.5 KiB", "211 MiB". */
export function formatBytes(sizeBytes: number): string {
  if (sizeBytes === 1) return "1 byte";
  let amount = sizeBytes;
  let unit = 0;
  // 1023.5 and more would be shown as "1024": it belongs to the next unit.
  while (amount >= 1023.5 && unit < units.length - 1) {
    amount /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || amount >= 99.95 ? 0 : 1;
  return `${amount.toFixed(digits).replace(/\.0$/, "")} ${units[unit] ?? "PiB"}`;
}
