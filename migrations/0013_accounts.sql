-- Staff of the admin portal, where people are signed in, and two-factor sign-in.

-- People who use the admin portal beside the administrator of the settings.
create table staff (
    id text primary key not null,
    name text not null,
    -- In lower case.
    email text not null unique,
    -- owner, operations, finance or read_only
    role text not null,
    -- Without one they have not used the link of their invitation.
    password_hash text,
    password_changed_at timestamptz,
    deactivated_at timestamptz,
    created_at timestamptz not null
);
create index staff_by_time on staff (created_at, id);

-- Where somebody is signed in: one row for each token that a sign-in gave out, until it expires or is ended. Ended tokens
-- are in revoked_tokens.
create table sessions (
    -- The token's jti.
    id text primary key not null,
    -- A contractor, a member of staff, or 'admin'.
    account_id text not null,
    -- The user agent.
    device text not null,
    -- Without its last part.
    address text not null,
    created_at timestamptz not null,
    -- To five minutes.
    seen_at timestamptz not null,
    expires_at timestamptz not null
);
create index sessions_by_account on sessions (account_id, seen_at);
create index sessions_by_end on sessions (expires_at);

-- Two-factor sign-in of contractors and staff. Without confirmed_at it is being set up and asks nothing yet.
create table two_factor (
    account_id text primary key not null,
    -- The key of the authenticator app, and the recovery codes until it is confirmed; AES-256-GCM under ENCRYPTION_KEY.
    sealed text not null,
    confirmed_at timestamptz,
    -- The thirty seconds of the last code, so that each works once.
    last_step bigint not null,
    created_at timestamptz not null
);

-- What lets somebody in who has lost the app: each works once and is deleted then. Only the SHA-256 is kept.
create table recovery_codes (
    code_hash text primary key not null,
    account_id text not null
);
create index recovery_codes_by_account on recovery_codes (account_id);
