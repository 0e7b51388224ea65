import { z } from 'zod';
import { erasureRoutes } from '../erasure.ts';
import { User } from '../identity.ts';
import { paged, paging } from '../paging.ts';
import { route } from '../route.ts';
import { service } from '../service.ts';

export const Profile = z.object({
  id: z.uuid(),
  tenant_id: z.uuid(),
  email: z.string(),
  display_name: z.string(),
  first_name: z.string().nullable(),
  last_name: z.string().nullable(),
  avatar_url: z.string().nullable(),
  bio: z.string().nullable(),
  phone: z.string().nullable(),
  role: User.shape.role,
  preferences: z.record(z.string(), z.json()),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type Profile = z.infer<typeof Profile>;

export const ProfileChange = z
  .strictObject({
    display_name: z.string().trim().min(1).max(200),
    first_name: z.string().trim().max(100).nullable(),
    last_name: z.string().trim().max(100).nullable(),
    avatar_url: z
      .url({ protocol: /^https?$/ })
      .max(2048)
      .nullable(),
    bio: z.string().max(2000).nullable(),
    phone: z
      .string()
      .regex(/^\+?[0-9 ()-]{5,30}$/)
      .nullable(),
    preferences: z.record(z.string().max(100), z.json()),
  })
  .partial();

export const userService = service({
  name: 'user-service',
  title: 'User profiles',
  port: 8008,
  mounts: [{ public: '/api/users', internal: '/users' }],
  routes: {
    ownProfile: route({
      method: 'GET',
      path: '/users/me',
      summary: 'Get the caller’s profile',
      description: 'The first request creates it from the claims of the token.',
      access: 'user',
      needs: 'self',
      scope: 'user.email:read',
      success: { status: 200, description: 'The profile', schema: Profile },
    }),
    changeOwnProfile: route({
      method: 'PUT',
      path: '/users/me',
      summary: 'Change fields of the caller’s profile; omitted fields keep their values',
      access: 'user',
      needs: 'self',
      body: ProfileChange,
      bodyExample: { display_name: 'Ada', preferences: { theme: 'dark' } },
      maxBodyBytes: 64 * 1024,
      success: { status: 200, description: 'The changed profile', schema: Profile },
    }),
    list: route({
      method: 'GET',
      path: '/users',
      summary: 'List the profiles of the tenant',
      access: 'user',
      needs: { tenant: 'member' },
      query: paging.extend({
        search: z.string().trim().max(200).optional().describe('Part of name or email, case-insensitive'),
      }),
      success: {
        status: 200,
        description: 'One page',
        schema: z.object({
          users: z.array(Profile),
          ...paged,
          total_pages: z.int(),
        }),
      },
    }),
    stats: route({
      method: 'GET',
      path: '/users/stats',
      summary: 'Count the profiles of the tenant',
      access: 'user',
      needs: { tenant: 'member' },
      success: {
        status: 200,
        description: 'Counts',
        schema: z.object({ total: z.int(), active: z.int(), created_last_30_days: z.int() }),
      },
    }),
    profile: route({
      method: 'GET',
      path: '/users/:id',
      summary: 'Get a profile of the tenant',
      description: 'Returns 404 for a profile of another tenant, as for one that does not exist.',
      access: 'user',
      needs: { tenant: 'member' },
      params: z.object({ id: z.uuid() }),
      success: { status: 200, description: 'The profile', schema: Profile },
      problems: ['not_found'],
    }),
    createProfile: route({
      method: 'POST',
      path: '/internal/users',
      summary: 'Create a profile, or return the existing one',
      access: 'service',
      body: z.object({
        id: z.uuid(),
        tenant_id: z.uuid(),
        email: z.email().max(254),
        display_name: z.string().trim().min(1).max(200).optional(),
        first_name: z.string().trim().max(100).nullable().default(null),
        last_name: z.string().trim().max(100).nullable().default(null),
        role: User.shape.role.default('user'),
      }),
      success: { status: 201, description: 'The profile', schema: Profile },
      problems: ['conflict'],
    }),
    refreshProfile: route({
      method: 'PUT',
      path: '/internal/users/:id',
      summary: 'Take over what platform-services knows of a user; succeeds if there is no profile',
      description: 'Called after each change of email, role or activity, at least once.',
      access: 'service',
      params: z.object({ id: z.uuid() }),
      body: z.strictObject({
        tenant_id: z.uuid(),
        email: z.email().max(254),
        role: User.shape.role,
        is_active: z.boolean(),
      }),
      success: { status: 204, description: 'The profile, if there is one, has these values' },
    }),
    deleteProfile: route({
      method: 'DELETE',
      path: '/internal/users/:id',
      summary: 'Delete a profile; succeeds if it does not exist',
      access: 'service',
      idempotency: 'inherent',
      params: z.object({ id: z.uuid() }),
      query: z.object({ tenant_id: z.uuid() }),
      success: { status: 204, description: 'The profile does not exist any more' },
    }),
    ...erasureRoutes,
  },
});
