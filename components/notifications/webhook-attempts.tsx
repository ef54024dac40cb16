import { Section } from "#components/ui/page-header.tsx";
import { AbsoluteTime } from "#components/ui/relative-time.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { DeliveryDetailDto } from "#lib/webhooks/schemas.ts";

/** Every attempt at a delivery, with what came of it. */
export function WebhookAttempts({ log }: { log: DeliveryDetailDto["log"] }) {
  if (log.length === 0) return null;
  return (
    <Section title="Attempts">
      <Table aria-label="Attempts">
        <TableHeader>
          <TableRow>
            <TableHead>When</TableHead>
            <TableHead numeric>Status</TableHead>
            <TableHead numeric>Took</TableHead>
            <TableHead>What came of it</TableHead>
          </TableRow>
        </TableHeader>
        <TableBody>
          {log.map((entry) => (
            <TableRow key={entry.attempt}>
              <TableCell className="whitespace-nowrap">
                {entry.attempt}. <AbsoluteTime value={entry.at} />
              </TableCell>
              <TableCell label="Status" numeric className="tabular-nums">
                {entry.statusCode ?? "–"}
              </TableCell>
              <TableCell label="Took" numeric className="text-muted tabular-nums">
                {entry.durationMs === null ? "–" : `${entry.durationMs} ms`}
              </TableCell>
              <TableCell label="What came of it" stack>
                <p>{entry.failure ?? (entry.durationMs === null ? "Under way, or its worker ended." : "It arrived.")}</p>
                {entry.answer !== null && (
                  <pre
                    className="mt-1 max-h-40 max-w-prose overflow-auto font-mono text-sm [overflow-wrap:anywhere] whitespace-pre-wrap text-muted"
                    tabIndex={0}
                  >
                    {entry.answer}
                  </pre>
                )}
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Section>
  );
}
