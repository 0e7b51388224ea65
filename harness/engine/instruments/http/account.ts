/** A user the harness registered through the gateway, alone in a tenant of its own. */
export interface Account {
  email: string;
  password: string;
  name: string;
  userId: string;
  tenantId: string;
  accessToken: string;
  refreshToken: string;
  /** The loopback source address this account sends from, so that limits per address are not shared. */
  address: string;
}
