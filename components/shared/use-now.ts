"use client";

import { useEffect, useState } from "react";

const EVERY_MS = 30_000;

/** The present time, renewed twice a minute: for what is computed from it, such as the next run. */
export function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
