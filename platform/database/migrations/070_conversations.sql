-- Conversations with the model, the cost of its calls, and the budgets.
create table conversations.conversation_sessions (
  tenant_id uuid not null,
  -- From the client or generated. Unique within a tenant, so it reveals nothing about another.
  id text not null check (id ~ '^[A-Za-z0-9_-]{1,100}$'),
  user_id uuid not null,
  title text not null,
  created_at timestamptz not null default now(),
  last_activity timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, user_id, id)
);
create index conversation_sessions_recent
  on conversations.conversation_sessions (tenant_id, user_id, last_activity desc, id);
call migrations.protect_tenant_table('conversations.conversation_sessions');

create table conversations.conversation_messages (
  tenant_id uuid not null,
  -- Order of the messages within a conversation.
  id bigint generated always as identity,
  user_id uuid not null,
  session_id text not null,
  role text not null check (role in ('user', 'assistant', 'tool')),
  content text not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, user_id, session_id)
    references conversations.conversation_sessions (tenant_id, user_id, id) on delete cascade
);
create index conversation_messages_in_order
  on conversations.conversation_messages (tenant_id, user_id, session_id, id);
call migrations.protect_tenant_table('conversations.conversation_messages');

-- Conversations are private: within a tenant, users see only their own.
create policy own_rows on conversations.conversation_sessions as restrictive
  using (user_id = nullif(current_setting('app.user_id', true), '')::uuid);
create policy own_rows on conversations.conversation_messages as restrictive
  using (user_id = nullif(current_setting('app.user_id', true), '')::uuid);

-- The ledger. A row is written before each call of the model with the maximum cost of the call, and corrected after the
-- response. If the end of a call is unknown, the maximum counts as spent. Rows outlive their conversation: deleting it
-- must not restore its budget.
create table conversations.api_usage_logs (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  session_id text not null,
  model text not null,
  status text not null check (status in ('reserved', 'completed', 'unknown')),
  input_tokens integer not null default 0 check (input_tokens >= 0),
  output_tokens integer not null default 0 check (output_tokens >= 0),
  thinking_tokens integer not null default 0 check (thinking_tokens >= 0),
  -- US dollars.
  cost numeric(16, 6) not null check (cost >= 0),
  response_time_ms integer,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id)
);
create index api_usage_logs_by_user on conversations.api_usage_logs (tenant_id, user_id, created_at);
create index api_usage_logs_by_session on conversations.api_usage_logs (tenant_id, user_id, session_id, created_at);
create index api_usage_logs_by_day on conversations.api_usage_logs (tenant_id, created_at);
call migrations.protect_tenant_table('conversations.api_usage_logs');

create table conversations.session_budgets (
  tenant_id uuid not null,
  user_id uuid not null,
  session_id text not null,
  -- US dollars.
  limit_amount numeric(16, 6) not null check (limit_amount > 0),
  reset text not null check (reset in ('session', 'daily', 'weekly', 'monthly')),
  alert_percent real not null check (alert_percent between 0 and 100),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, session_id),
  foreign key (tenant_id, user_id, session_id)
    references conversations.conversation_sessions (tenant_id, user_id, id) on delete cascade
);
call migrations.protect_tenant_table('conversations.session_budgets');
create policy own_rows on conversations.session_budgets as restrictive
  using (user_id = nullif(current_setting('app.user_id', true), '')::uuid);

create table conversations.user_budgets (
  tenant_id uuid not null,
  user_id uuid not null,
  -- US dollars.
  limit_amount numeric(16, 6) not null check (limit_amount > 0),
  reset text not null check (reset in ('daily', 'weekly', 'monthly')),
  alert_percent real not null check (alert_percent between 0 and 100),
  -- The user who set it: the user itself, or an admin of the tenant.
  updated_by uuid not null,
  updated_at timestamptz not null default now(),
  primary key (tenant_id, user_id)
);
call migrations.protect_tenant_table('conversations.user_budgets');
