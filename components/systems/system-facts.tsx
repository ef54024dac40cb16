"use client";

import { NextRun } from "#components/systems/system-table.tsx";
import { Card, CardContent } from "#components/ui/card.tsx";
import { Description, DescriptionList } from "#components/ui/description-list.tsx";
import { AbsoluteTime, RelativeTime } from "#components/ui/relative-time.tsx";
import type { SystemDto } from "#lib/systems/schemas.ts";

/** What one wants to know first of a system. */
export function SystemFacts({ system: { id, lastBackup, overdueSince, version } }: { system: SystemDto }) {
  return (
    <Card className="mb-10">
      <CardContent>
        <DescriptionList>
          <Description term="Newest backup">
            {lastBackup ? (
              <>
                <RelativeTime value={lastBackup.createdAt} />, <AbsoluteTime value={lastBackup.createdAt} />
              </>
            ) : (
              "None yet"
            )}
          </Description>
          {overdueSince !== null && (
            <Description term="Overdue">
              Since <AbsoluteTime value={overdueSince} />, no good backup is as new as its policies promise.
            </Description>
          )}
          <Description term="Next run">
            <NextRun systemId={id} />
          </Description>
          {version !== null && <Description term="Version">{version}</Description>}
        </DescriptionList>
      </CardContent>
    </Card>
  );
}
