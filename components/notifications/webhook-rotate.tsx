"use client";

import { useState } from "react";
import { WebhookSecret } from "#components/notifications/webhook-secret.tsx";
import { ErrorPanel } from "#components/shared/error-panel.tsx";
import { useApiMutation } from "#components/shared/use-api.ts";
import { Button } from "#components/ui/button.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { CheckboxField } from "#components/ui/checkbox.tsx";
import { Dialog, DialogActions, DialogClose, DialogContent } from "#components/ui/dialog.tsx";
import { AbsoluteTime } from "#components/ui/relative-time.tsx";
import { type CreatedWebhookDto, ROTATION_HOURS, type WebhookDto } from "#lib/webhooks/schemas.ts";

interface RotateSecretProps {
  webhook: WebhookDto;
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Makes a new signing secret and shows it, this once. */
export function RotateSecret({ webhook, open, onOpenChange }: RotateSecretProps) {
  const [rotated, setRotated] = useState<CreatedWebhookDto | null>(null);
  const setOpen = (isOpen: boolean) => {
    if (!isOpen) setRotated(null);
    onOpenChange(isOpen);
  };
  return (
    <Dialog open={open} onOpenChange={setOpen}>
      {rotated === null ? (
        <DialogContent title={`Make a new secret for “${webhook.name}”`} description="Calls are signed with it from now on.">
          <Ask webhook={webhook} onRotated={setRotated} />
        </DialogContent>
      ) : (
        <DialogContent title="The new secret" description={`Of the webhook “${rotated.name}”.`}>
          <Callout kind={rotated.oldSecretUntil === null ? "warning" : "info"}>
            {rotated.oldSecretUntil === null ? (
              "The one before signs no more: until the receiver has this one, it refuses calls."
            ) : (
              <>
                The one before signs beside it until <AbsoluteTime value={rotated.oldSecretUntil} />: the receiver takes either.
              </>
            )}
          </Callout>
          <WebhookSecret secret={rotated.secret} />
          <DialogActions>
            <DialogClose asChild>
              <Button variant="primary">Done</Button>
            </DialogClose>
          </DialogActions>
        </DialogContent>
      )}
    </Dialog>
  );
}

function Ask({ webhook, onRotated }: { webhook: WebhookDto; onRotated: (rotated: CreatedWebhookDto) => void }) {
  const [isKnown, setKnown] = useState(false);
  const rotation = useApiMutation<CreatedWebhookDto>("POST", `/webhooks/${webhook.id}/rotate-secret`);
  const rotate = () => rotation.mutate(isKnown ? { oldValidHours: 0 } : {}, { onSuccess: onRotated });
  return (
    <>
      <CheckboxField
        label="Stop using the present secret at once"
        help={`When others know it. Otherwise both sign for ${ROTATION_HOURS} hours, so that no call is lost while you change the receiver.`}
        checked={isKnown}
        onCheckedChange={(checked) => setKnown(checked === true)}
      />
      <ErrorPanel problem={rotation.error} title="There is no new secret." />
      <DialogActions>
        <DialogClose asChild>
          <Button>Cancel</Button>
        </DialogClose>
        <Button variant="primary" pending={rotation.isPending} onClick={rotate}>
          Make a new secret
        </Button>
      </DialogActions>
    </>
  );
}
