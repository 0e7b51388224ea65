/** A user that the harness registered through the gateway, alone in a tenant of its own. */
export interface Account {
  email: string;
  password: string;
  name: string;
  userId: string;
  tenantId: string;
  accessToken: string;
  refreshToken: string;
  /** The account's own loopback source address: limits per address are not shared. */
  address: string;
}
