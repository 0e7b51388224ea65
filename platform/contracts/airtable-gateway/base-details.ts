import { z } from 'zod';
import { baseId } from './records.ts';

/** Parts of a base's details that a response contains only on request. */
export const baseParts = ['collaborators', 'inviteLinks', 'interfaces'] as const;

const permission = z.enum(['none', 'read', 'comment', 'edit', 'create', 'owner']);

const collaborator = {
  createdTime: z.iso.datetime(),
  grantedByUserId: z.string(),
  permissionLevel: permission,
};

const IndividualCollaborator = z.object({ userId: z.string(), email: z.string(), ...collaborator });
export type IndividualCollaborator = z.infer<typeof IndividualCollaborator>;

const GroupCollaborator = z.object({ groupId: z.string(), name: z.string(), ...collaborator });

const InviteLink = z.object({
  id: z.string(),
  type: z.string(),
  createdTime: z.iso.datetime(),
  invitedEmail: z.string().nullish(),
  referredByUserId: z.string(),
  permissionLevel: permission,
  restrictedToEmailDomains: z.array(z.string()).optional(),
});

const InterfaceDetails = z.object({
  id: z.string(),
  name: z.string(),
  createdTime: z.iso.datetime(),
  firstPublishTime: z.iso.datetime().nullish(),
  groupCollaborators: z.array(GroupCollaborator).optional(),
  individualCollaborators: z.array(IndividualCollaborator).optional(),
  inviteLinks: z.array(InviteLink).optional(),
});

/** The details of a base as Airtable's “Get base collaborators” returns them. */
export const BaseDetails = z.object({
  id: baseId,
  name: z.string(),
  createdTime: z.iso.datetime(),
  permissionLevel: permission,
  workspaceId: z.string(),
  individualCollaborators: z
    .object({
      baseCollaborators: z.array(IndividualCollaborator),
      workspaceCollaborators: z.array(IndividualCollaborator),
    })
    .optional()
    .describe('Only with `include[]=collaborators`'),
  groupCollaborators: z
    .object({
      baseCollaborators: z.array(GroupCollaborator),
      workspaceCollaborators: z.array(GroupCollaborator),
    })
    .optional()
    .describe('Only with `include[]=collaborators`'),
  inviteLinks: z
    .object({ baseInviteLinks: z.array(InviteLink), workspaceInviteLinks: z.array(InviteLink) })
    .optional()
    .describe('Only with `include[]=inviteLinks`'),
  interfaces: z
    .record(z.string(), InterfaceDetails)
    .optional()
    .describe('By id; only with `include[]=interfaces`'),
});
export type BaseDetails = z.infer<typeof BaseDetails>;
