/** A cron expression in plain words, without its zone: "Monday to Friday at 02:30"; null when it is not one of the everyday shapes. */
export function cronWords(expression: string): string | null {
  const [minute = "", hour = "", dayOfMonth = "", month = "", dayOfWeek = ""] = expression.trim().toUpperCase().split(/\s+/);
  if (month !== "*") return null;
  const everyDay = dayOfMonth === "*" && dayOfWeek === "*";
  if (everyDay && hour === "*") return withinTheHour(minute);
  const times = timesOfDay(minute, hour);
  if (times === null) return null;
  if (everyDay) return `Every day at ${times}`;
  const days = dayOfMonth === "*" ? weekdays(dayOfWeek) : dayOfWeek === "*" ? monthDays(dayOfMonth) : null;
  return days === null ? null : `${days} at ${times}`;
}

/** "a, b and c". */
export function listWords(items: string[]): string {
  const last = items.at(-1) ?? "";
  return items.length < 2 ? last : `${items.slice(0, -1).join(", ")} and ${last}`;
}

function withinTheHour(minute: string): string | null {
  if (minute === "*") return "Every minute,";
  if (minute === "0") return "Every hour on the hour,";
  const step = Number(/^\*\/(\d+)$/.exec(minute)?.[1] ?? 0);
  return step > 1 && 60 % step === 0 && step < 60 ? `Every ${step} minutes,` : null;
}

function timesOfDay(minute: string, hour: string): string | null {
  if (!/^\d{1,2}$/.test(minute) || !/^\d{1,2}(,\d{1,2})*$/.test(hour)) return null;
  const hours = hour.split(",").toSorted((a, b) => Number(a) - Number(b));
  return listWords(hours.map((value) => `${value.padStart(2, "0")}:${minute.padStart(2, "0")}`));
}

function weekdays(field: string): string | null {
  const range = /^(\w{1,3})-(\w{1,3})$/.exec(field);
  const names = (range ? range.slice(1) : field.split(",")).map(weekday);
  if (!names.every((name) => name !== null)) return null;
  return range ? names.join(" to ") : `Every ${listWords(names)}`;
}

function weekday(value: string): string | null {
  const index = /^[0-7]$/.test(value) ? Number(value) % 7 : WEEKDAYS.findIndex((name) => name.slice(0, 3).toUpperCase() === value);
  return WEEKDAYS[index] ?? null;
}

function monthDays(field: string): string | null {
  if (field === "L") return "On the last day of every month";
  if (!/^\d{1,2}(,\d{1,2})*$/.test(field)) return null;
  const days = field.split(",");
  return `On day${days.length === 1 ? "" : "s"} ${listWords(days)} of every month`;
}

const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
