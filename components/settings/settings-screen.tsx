"use client";

import { RoleMatrix } from "#components/settings/role-matrix.tsx";
import { SettingsForm } from "#components/settings/settings-form.tsx";
import { Loaded } from "#components/shared/loaded.tsx";
import { Permitted } from "#components/shared/permitted.tsx";
import { useApiQuery } from "#components/shared/use-api.ts";
import { Card, CardContent } from "#components/ui/card.tsx";
import { Description, DescriptionList } from "#components/ui/description-list.tsx";
import { Mono } from "#components/ui/mono.tsx";
import { PageHeader, Section } from "#components/ui/page-header.tsx";
import { Skeleton } from "#components/ui/skeleton.tsx";
import type { SettingsDto } from "#lib/settings/schemas.ts";

/** The tenant's name, the facts one is asked for, and what each role may. */
export function SettingsScreen({ productVersion }: { productVersion: string }) {
  return (
    <Permitted permission="settings.read">
      <Settings productVersion={productVersion} />
    </Permitted>
  );
}

function Settings({ productVersion }: { productVersion: string }) {
  const query = useApiQuery<SettingsDto>("/settings");
  return (
    <>
      <PageHeader title="Settings" purpose="What this tenant is called, and what its roles may do." />
      <Loaded query={query} skeleton={<Skeleton className="mb-10 h-80 max-w-prose" />}>
        {(settings) => (
          <>
            <Section title="Tenant">
              <SettingsForm settings={settings} />
            </Section>
            <Section title="Facts" purpose="For scripts, and for whoever helps you.">
              <Card className="max-w-prose">
                <CardContent>
                  <DescriptionList>
                    <Description term="Short name">
                      <Mono value={settings.slug} what="short name" shorten={false} />
                    </Description>
                    <Description term="Tenant id">
                      <Mono value={settings.tenantId} what="tenant id" />
                    </Description>
                    <Description term="Version of Holdfast">{productVersion}</Description>
                  </DescriptionList>
                </CardContent>
              </Card>
            </Section>
          </>
        )}
      </Loaded>
      <Section title="Roles" purpose="Each member has one. Only an owner makes, changes or removes owners.">
        <RoleMatrix />
      </Section>
    </>
  );
}
