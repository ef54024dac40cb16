import { listAudit } from "#lib/audit/list-audit.ts";
import { createDestination } from "#lib/destinations/create-destination.ts";
import { deleteDestination } from "#lib/destinations/delete-destination.ts";
import { getDestination } from "#lib/destinations/get-destination.ts";
import { listDestinations } from "#lib/destinations/list-destinations.ts";
import { updateDestination } from "#lib/destinations/update-destination.ts";
import { validateDestination, validateStoredDestination } from "#lib/destinations/validate-destination.ts";
import { changeRole } from "#lib/members/change-role.ts";
import { inviteMember } from "#lib/members/invite-member.ts";
import { listInvitations } from "#lib/members/list-invitations.ts";
import { listMembers } from "#lib/members/list-members.ts";
import { removeMember } from "#lib/members/remove-member.ts";
import { revokeInvitation } from "#lib/members/revoke-invitation.ts";
import type { AnyOperation } from "#lib/operation.ts";
import { createPolicy } from "#lib/policies/create-policy.ts";
import { deletePolicy } from "#lib/policies/delete-policy.ts";
import { getPolicy } from "#lib/policies/get-policy.ts";
import { listPolicies } from "#lib/policies/list-policies.ts";
import { updatePolicy } from "#lib/policies/update-policy.ts";
import { getSettings } from "#lib/settings/get-settings.ts";
import { updateSettings } from "#lib/settings/update-settings.ts";
import { createSystem } from "#lib/systems/create-system.ts";
import { deleteSystem } from "#lib/systems/delete-system.ts";
import { getSystem } from "#lib/systems/get-system.ts";
import { listConnectors } from "#lib/systems/list-connectors.ts";
import { listSystems } from "#lib/systems/list-systems.ts";
import { updateSystem } from "#lib/systems/update-system.ts";
import { validateStoredSystem, validateSystem } from "#lib/systems/validate-system.ts";

/** Everything that can be done. The routes, the OpenAPI document and the permissions page derive from this list. */
export const operations: readonly AnyOperation[] = [
  listAudit,
  listConnectors,
  listSystems,
  createSystem,
  validateSystem,
  getSystem,
  updateSystem,
  deleteSystem,
  validateStoredSystem,
  listDestinations,
  createDestination,
  validateDestination,
  getDestination,
  updateDestination,
  deleteDestination,
  validateStoredDestination,
  listPolicies,
  createPolicy,
  getPolicy,
  updatePolicy,
  deletePolicy,
  listMembers,
  changeRole,
  removeMember,
  listInvitations,
  inviteMember,
  revokeInvitation,
  getSettings,
  updateSettings,
];
