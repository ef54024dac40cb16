"use client";

import { useState } from "react";
import { InvitationList } from "#components/members/invitation-list.tsx";
import { InviteDialog } from "#components/members/invite-dialog.tsx";
import { MemberTable } from "#components/members/member-table.tsx";
import { AskButton, Can } from "#components/shared/can.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { OlderButton } from "#components/shared/older-button.tsx";
import { Permitted } from "#components/shared/permitted.tsx";
import { useApiList } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import type { MemberDto } from "#lib/members/schemas.ts";

/** Who belongs to the tenant, in which role, and who is invited. */
export function MembersScreen() {
  return (
    <Permitted permission="members.read">
      <Members />
    </Permitted>
  );
}

function Members() {
  const list = useApiList<MemberDto>("/members");
  const [inviting, setInviting] = useState(false);
  const invite = (
    <Can permission="members.write" fallback={<AskButton permission="members.write">Invite a member</AskButton>}>
      <Button variant="primary" onClick={() => setInviting(true)}>
        Invite a member
      </Button>
    </Can>
  );
  return (
    <>
      <PageHeader title="Members" purpose="Who may do what in this tenant. What each role may is listed in the settings." action={invite} />
      <div className="pb-10">
        <Loaded query={list}>
          {(members) => (
            <>
              <MemberTable members={members} />
              <OlderButton list={list} />
            </>
          )}
        </Loaded>
      </div>
      <InvitationList />
      <InviteDialog open={inviting} onOpenChange={setInviting} />
    </>
  );
}
