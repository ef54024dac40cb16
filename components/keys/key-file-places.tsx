import { fileWords } from "#components/keys/key-words.ts";
import { Mono } from "#components/ui/mono.tsx";
import { Section } from "#components/ui/page-header.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { KeyDto } from "#lib/keys/schemas.ts";

/** Where the protected file of a key lies, beside the archives that it opens. */
export function KeyFilePlaces({ keyToShow: key }: { keyToShow: KeyDto }) {
  if (key.copies.length === 0) {
    return (
      <Section title="Where the key file lies" purpose="Nowhere yet: it is written into each destination before the first backup there.">
        {null}
      </Section>
    );
  }
  return (
    <Section
      title="Where the key file lies"
      purpose="Under its passphrase, beside the archives. Whoever copied an old file opens it with the passphrase of its day, whatever was set since."
    >
      <Table aria-label="Where the key file lies">
        <TableHeader>
          <TableRow>
            <TableHead>Destination</TableHead>
            <TableHead>State</TableHead>
            <TableHead>File</TableHead>
          </TableRow>
        </TableHeader>
        <TableBody>
          {key.copies.map((copy) => (
            <TableRow key={`${copy.destinationId}-${copy.version}`}>
              <TableCell className="font-medium [overflow-wrap:anywhere]">{copy.destinationName}</TableCell>
              <TableCell label="State" stack>
                {fileWords(copy, key)}
                {copy.failure !== null && <p className="max-w-prose text-pretty text-muted">{copy.failure}</p>}
              </TableCell>
              <TableCell label="File" stack>
                <Mono value={copy.objectKey} what="file name" shorten={{ head: 8, tail: 14 }} />
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Section>
  );
}
