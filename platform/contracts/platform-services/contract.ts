import { service } from '../service.ts';
import { analyticsRoutes } from './analytics.ts';
import { auditRoutes } from './audit.ts';
import { authenticationRoutes } from './authentication.ts';
import { authorityRoutes } from './authority.ts';
import { erasureRoutesOfPlatform } from './erasures.ts';
import { exportRoutes } from './exports.ts';
import { grantRoutes } from './grants.ts';
import { invitationRoutes } from './invitations.ts';
import { mailRoutes } from './mail.ts';
import { personalTokenRoutes } from './personal-tokens.ts';
import { recoveryRoutes } from './recovery.ts';
import { tenantUserRoutes } from './tenant-users.ts';
import { workspaceRoutes } from './workspaces.ts';

export const platformServices = service({
  name: 'platform-services',
  title: 'Identity, workspaces, analytics and audit',
  port: 8007,
  mounts: [
    { public: '/api/auth', internal: '/auth' },
    { public: '/api/analytics', internal: '/analytics' },
    { public: '/api/workspaces', internal: '/workspaces' },
    { public: '/api/tenant', internal: '/tenant' },
    { public: '/api/audit', internal: '/audit' },
    // Public keys, to verify access tokens outside of the platform.
    { public: '/api/.well-known', internal: '/.well-known' },
  ],
  routes: {
    ...authenticationRoutes,
    ...recoveryRoutes,
    ...exportRoutes,
    ...authorityRoutes,
    ...erasureRoutesOfPlatform,
    ...personalTokenRoutes,
    ...mailRoutes,
    ...grantRoutes,
    ...workspaceRoutes,
    ...invitationRoutes,
    ...tenantUserRoutes,
    ...analyticsRoutes,
    ...auditRoutes,
  },
});
