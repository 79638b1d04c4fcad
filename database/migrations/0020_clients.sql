-- Who may use the API, and with what its tokens are signed.

-- scopes: what it may do; grants: where. '*' is everywhere, 'site' everything of a site, 'site/device' one device.
-- Several secrets may be valid at once, so that one can be changed without an outage. Only scrypt hashes are kept.
CREATE TABLE api_client (
  id          text PRIMARY KEY CHECK (id ~ '^[a-zA-Z0-9_./-]{1,160}$'),
  name        text NOT NULL,
  secrets     text[] NOT NULL,
  scopes      text[] NOT NULL,
  grants      text[] NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  disabled_at timestamptz,
  -- removed: kept without its secrets until its last token has run out
  deleted_at  timestamptz,
  -- tokens issued before this are no longer valid
  revoked_before timestamptz
);

-- state: next (published in the key set, not yet used), active (signs), retired (still verifies until its last
-- token has run out). private_jwk is sealed with the deployment's key secret where it has one.
CREATE TABLE signing_key (
  kid         text PRIMARY KEY,
  alg         text NOT NULL CHECK (alg IN ('EdDSA', 'ES256')),
  public_jwk  jsonb NOT NULL,
  private_jwk text NOT NULL,
  state       text NOT NULL CHECK (state IN ('next', 'active', 'retired')),
  created_at  timestamptz NOT NULL DEFAULT now(),
  retired_at  timestamptz
);

-- Tokens taken back before their time, by jti; kept until they would have run out anyway.
CREATE TABLE revoked_token (
  jti        text PRIMARY KEY,
  client_id  text NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz NOT NULL DEFAULT now()
);

-- Short-lived, single-purpose, single-use: a browser's EventSource can not send an Authorization header.
CREATE TABLE live_ticket (
  hash       text PRIMARY KEY,
  claims     jsonb NOT NULL,
  expires_at timestamptz NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON api_client, signing_key, revoked_token, live_ticket TO loadcycle_control;
