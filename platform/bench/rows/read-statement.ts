/** Columns that both sides read. */
export const readColumns = 'id, tenant_id, email, display_name, role, created_at';
