"use client";

import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { PageCrumb } from "#components/frame/page-crumb.tsx";
import { WebhookForm } from "#components/notifications/webhook-form.tsx";
import { WebhookSecret } from "#components/notifications/webhook-secret.tsx";
import { DetailSkeleton } from "#components/shared/detail-skeleton.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { Permitted } from "#components/shared/permitted.tsx";
import { useTenantPath } from "#components/shared/tenant-provider.tsx";
import { useApiQuery } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { toast } from "#components/ui/toast.tsx";
import type { UpdatedWebhookDto, WebhookDto } from "#lib/webhooks/schemas.ts";

/** Adds a webhook, then shows its secret. */
export function NewWebhook() {
  const path = useTenantPath();
  const [saved, setSaved] = useState<UpdatedWebhookDto | null>(null);
  return (
    <Permitted permission="webhooks.write">
      <PageCrumb label="Add a webhook" />
      {saved?.secret ? (
        <ShownOnce saved={saved} secret={saved.secret} title={`“${saved.name}” is added`} />
      ) : (
        <>
          <PageHeader title="Add a webhook" purpose="Posts events to a program of yours, signed, so that it knows who calls." />
          <WebhookForm stored={null} cancelHref={path("/notifications")} onSaved={setSaved} />
        </>
      )}
    </Permitted>
  );
}

/** Changes a webhook; an address elsewhere comes with a new secret, which is shown then. */
export function EditWebhook({ id }: { id: string }) {
  const query = useApiQuery<WebhookDto>(`/webhooks/${id}`);
  return (
    <Permitted permission="webhooks.write">
      <Loaded query={query} skeleton={<DetailSkeleton />}>
        {(stored) => <Edit stored={stored} />}
      </Loaded>
    </Permitted>
  );
}

function Edit({ stored }: { stored: WebhookDto }) {
  const path = useTenantPath();
  const router = useRouter();
  const [moved, setMoved] = useState<UpdatedWebhookDto | null>(null);
  const href = path(`/notifications/webhooks/${stored.id}`);
  const onSaved = (saved: UpdatedWebhookDto) => {
    toast.success(`“${saved.name}” is saved.`);
    if (saved.secret === null) router.push(href);
    else setMoved(saved);
  };
  return (
    <>
      <PageCrumb label="Edit" parent={{ label: stored.name, href }} />
      {moved?.secret ? (
        <ShownOnce saved={moved} secret={moved.secret} title={`“${moved.name}” has a new secret`} />
      ) : (
        <>
          <PageHeader title={`Edit “${stored.name}”`} />
          <WebhookForm stored={stored} cancelHref={href} onSaved={onSaved} />
        </>
      )}
    </>
  );
}

function ShownOnce({ saved, secret, title }: { saved: UpdatedWebhookDto; secret: string; title: string }) {
  const path = useTenantPath();
  return (
    <>
      <PageHeader title={title} purpose={`Calls to ${saved.origin} are signed with this secret.`} />
      <div className="flex flex-col items-start gap-6">
        <WebhookSecret secret={secret} />
        <Button asChild variant="primary">
          <Link href={path(`/notifications/webhooks/${saved.id}`)}>I have kept the secret</Link>
        </Button>
      </div>
    </>
  );
}
