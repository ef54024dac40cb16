import { ProofLadder } from "#components/shared/proof-ladder.tsx";
import { Button } from "#components/ui/button.tsx";
import { Bytes } from "#components/ui/bytes.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { Card, CardContent, CardHeader } from "#components/ui/card.tsx";
import { Description, DescriptionList } from "#components/ui/description-list.tsx";
import { AbsoluteTime, RelativeTime } from "#components/ui/relative-time.tsx";
import type { BackupDto } from "#lib/backups/schemas.ts";

/** The backup that is to be restored, in short, with what it cannot bring back. */
export function ChosenBackup({ backup, onChange }: { backup: BackupDto; onChange: () => void }) {
  return (
    <>
      <Card>
        <CardHeader
          title={`Backup of “${backup.systemName}”`}
          description={<RelativeTime value={backup.createdAt} />}
          action={<Button onClick={onChange}>Choose another</Button>}
        />
        <CardContent>
          <DescriptionList>
            <Description term="Made">
              <AbsoluteTime value={backup.createdAt} />
            </Description>
            <Description term="Proof">
              <ProofLadder proven={backup.proven} compact />
            </Description>
            <Description term="Size">
              <Bytes sizeBytes={backup.sizeBytes} />
            </Description>
            <Description term="Version">
              {backup.systemVersion !== null && `${backup.systemVersion}. `}
              Made by Holdfast {backup.productVersion}. A restore goes into the same or a higher version, never an older one.
            </Description>
          </DescriptionList>
        </CardContent>
      </Card>
      {backup.notInBackup.length > 0 && (
        <Callout title="Not in this backup">
          <ul className="list-disc ps-5">
            {backup.notInBackup.map((phrase) => (
              <li key={phrase} className="first-letter:uppercase">
                {phrase}
              </li>
            ))}
          </ul>
        </Callout>
      )}
    </>
  );
}
