import { one } from "#lib/probe.ts";
export default function Page() { return <p>{one}</p>; }
